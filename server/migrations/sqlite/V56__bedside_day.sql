-- What an account has done at a device on a day, filed or not (DA-14): for a person of whom the list knows no more than a name.
CREATE INDEX bedside_day ON bedside_checks (institution, done_by, done_at, visit);
