-- What programs were not told of yet, in the order in which it gets its place: a large backlog is not sorted anew with each page.
CREATE INDEX link_results_waiting ON link_results (institution, finished_at, consent) WHERE place IS NULL;
