//! Arrows between the modules of a crate, read from their paths (`crate::…`, `super::…`, `self::…`), and the circles among them.
//!
//! Modules of one parent are compared, each with all that lies below it. A parent may call its children and a child may use what
//! stands in its parent's own file: that is one house. What a parent passes on by `pub use` belongs to the child that has it.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use proc_macro2::{Delimiter, TokenStream, TokenTree};

use crate::step::Failure;

/// Path of a module below the crate's root; the root is empty.
type Module = Vec<String>;

/// The modules of a crate with the tokens that are no tests.
#[derive(Default)]
pub(super) struct Modules {
    tokens: BTreeMap<Module, Vec<TokenTree>>,
    /// What a module passes on: its own name for it, and the child that has it.
    passed_on: BTreeMap<(Module, String), String>,
}

impl Modules {
    /// Reads a crate's `src`; each file of `src/bin` is a root of its own and is left out.
    pub(super) fn read(src: &Path) -> Result<Self, Failure> {
        let mut modules = Self::default();
        let mut tests = BTreeSet::new();
        for (module, file) in files(src, &Vec::new())? {
            let text = std::fs::read_to_string(&file)?;
            modules
                .add(module, &text, &mut tests)
                .map_err(|why| Failure::ours(format!("{} cannot be read as Rust: {why}", file.display()), "look at the file"))?;
        }
        modules.tokens.retain(|module, _| !tests.iter().any(|test| module.starts_with(test)));
        Ok(modules)
    }

    fn add(&mut self, module: Module, text: &str, tests: &mut BTreeSet<Module>) -> Result<(), proc_macro2::LexError> {
        let tokens = without_tests(text.parse()?, &module, tests);
        for (name, child) in passed_on(&tokens) {
            self.passed_on.insert((module.clone(), name), child);
        }
        // `lib.rs` and `main.rs` are both the root.
        self.tokens.entry(module).or_default().extend(tokens);
        Ok(())
    }

    /// Every circle, as one line each: the modules in it, and one arrow for each step.
    pub(super) fn circles(&self) -> Vec<String> {
        let mut arrows: BTreeMap<Module, BTreeMap<String, BTreeMap<String, String>>> = BTreeMap::new();
        for (module, tokens) in &self.tokens {
            let mut used = BTreeSet::new();
            paths(tokens, &mut used);
            for path in &used {
                let Some(target) = self.resolve(module, path) else { continue };
                let common = module.iter().zip(&target).take_while(|(one, other)| one == other).count();
                if let (Some(from), Some(to)) = (module.get(common), target.get(common)) {
                    let said = format!("{} uses {}", module.join("::"), target.join("::"));
                    let below = arrows.entry(module.iter().take(common).cloned().collect()).or_default();
                    below.entry(from.clone()).or_default().entry(to.clone()).or_insert(said);
                }
            }
        }
        arrows.iter().flat_map(|(parent, arrows)| circles(parent, arrows)).collect()
    }

    /// The module that a path leads to; what follows in the path is an item of it.
    fn resolve(&self, from: &Module, path: &[String]) -> Option<Module> {
        let (mut at, mut rest) = (from.clone(), path);
        match rest.first()?.as_str() {
            "crate" => at.clear(),
            "self" => {}
            "super" => {
                at.pop()?;
                while rest.get(1).is_some_and(|part| part == "super") {
                    at.pop()?;
                    rest = rest.get(1..)?;
                }
            }
            _ => return None,
        }
        for part in rest.iter().skip(1) {
            let mut next = at.clone();
            next.push(self.passed_on.get(&(at.clone(), part.clone())).unwrap_or(part).clone());
            if !self.tokens.contains_key(&next) {
                break;
            }
            let is_item = next.last() != Some(part);
            at = next;
            if is_item {
                break;
            }
        }
        Some(at)
    }
}

/// Each `.rs` file below a folder with its module.
fn files(folder: &Path, at: &Module) -> Result<Vec<(Module, std::path::PathBuf)>, Failure> {
    let mut found = Vec::new();
    let mut entries = std::fs::read_dir(folder)?.collect::<Result<Vec<_>, _>>()?;
    entries.sort_by_key(std::fs::DirEntry::file_name);
    for entry in entries {
        let path = entry.path();
        let Some(stem) = path.file_stem().and_then(|stem| stem.to_str()) else { continue };
        let below = |name: &str| at.iter().cloned().chain([name.to_owned()]).collect::<Module>();
        if path.is_dir() {
            if !(at.is_empty() && stem == "bin") {
                found.extend(files(&path, &below(stem))?);
            }
        } else if path.extension().is_some_and(|ending| ending == "rs") {
            if stem == "tests" || stem.ends_with("_tests") {
                continue;
            }
            let is_root = at.is_empty() && matches!(stem, "lib" | "main");
            found.push((if is_root || stem == "mod" { at.clone() } else { below(stem) }, path));
        }
    }
    Ok(found)
}

/// The tokens without items under `#[cfg(test)]`; notes the modules among them that lie in files of their own.
fn without_tests(stream: TokenStream, module: &Module, tests: &mut BTreeSet<Module>) -> Vec<TokenTree> {
    let mut kept = Vec::new();
    let mut tokens = stream.into_iter().peekable();
    while let Some(token) = tokens.next() {
        let is_test = is_punct(&token, '#') && tokens.peek().is_some_and(|group| group.to_string().replace(' ', "") == "[cfg(test)]");
        if !is_test {
            kept.push(token);
            continue;
        }
        tokens.next();
        let mut words = Vec::new();
        for token in tokens.by_ref() {
            let is_end = is_punct(&token, ';') || matches!(&token, TokenTree::Group(group) if group.delimiter() == Delimiter::Brace);
            words.push(token.to_string());
            if is_end {
                break;
            }
        }
        if let Some(place) = words.iter().position(|word| word == "mod")
            && let Some(name) = words.get(place + 1)
        {
            tests.insert(module.iter().cloned().chain([name.clone()]).collect());
        }
    }
    kept
}

fn is_punct(token: &TokenTree, wanted: char) -> bool {
    matches!(token, TokenTree::Punct(punct) if punct.as_char() == wanted)
}

/// `pub use child::Name`, `pub(crate) use child::{A, B as C}`: each name with the child.
fn passed_on(tokens: &[TokenTree]) -> Vec<(String, String)> {
    let mut found = Vec::new();
    for (place, token) in tokens.iter().enumerate() {
        if !matches!(token, TokenTree::Ident(word) if word == "use") {
            continue;
        }
        let is_public = place
            .checked_sub(1)
            .and_then(|before| tokens.get(before))
            .is_some_and(|token| matches!(token, TokenTree::Ident(word) if word == "pub") || matches!(token, TokenTree::Group(_)));
        let end = tokens.iter().skip(place).position(|token| is_punct(token, ';')).map_or(tokens.len(), |length| place + length);
        if is_public {
            let mut names = Vec::new();
            tree(tokens.get(place + 1..end).unwrap_or_default(), &mut Vec::new(), &mut names);
            found.extend(names.into_iter().filter_map(|path| {
                let path: Vec<String> = path.into_iter().filter(|part| part != "self").collect();
                Some((path.last()?.clone(), path.first()?.clone())).filter(|_| path.len() > 1)
            }));
        }
    }
    found
}

/// Every path that begins with `crate`, `super` or `self`, also inside groups and macros.
fn paths(tokens: &[TokenTree], found: &mut BTreeSet<Vec<String>>) {
    let mut place = 0;
    while let Some(token) = tokens.get(place) {
        match token {
            TokenTree::Group(group) => paths(&group.stream().into_iter().collect::<Vec<_>>(), found),
            TokenTree::Ident(word) if word == "crate" || word == "super" || word == "self" => {
                let mut names = Vec::new();
                let end = path_end(tokens, place);
                tree(tokens.get(place..end).unwrap_or_default(), &mut Vec::new(), &mut names);
                found.extend(names.into_iter().filter(|path| path.len() > 1));
                place = end.saturating_sub(1).max(place);
            }
            _ => {}
        }
        place += 1;
    }
}

/// Where the path that begins at `start` ends.
fn path_end(tokens: &[TokenTree], start: usize) -> usize {
    let mut end = start + 1;
    while tokens.get(end).is_some_and(|token| is_punct(token, ':')) && tokens.get(end + 1).is_some_and(|token| is_punct(token, ':')) {
        match tokens.get(end + 2) {
            Some(TokenTree::Ident(_)) => end += 3,
            Some(TokenTree::Group(group)) if group.delimiter() == Delimiter::Brace => return end + 3,
            _ => return end,
        }
    }
    end
}

/// Spreads `a::{b, c::d}` out into its paths; a name behind `as` is dropped.
fn tree(tokens: &[TokenTree], before: &mut Vec<String>, found: &mut Vec<Vec<String>>) {
    let mut path = before.clone();
    let mut is_renamed = false;
    let mut is_spread = false;
    for token in tokens {
        match token {
            TokenTree::Ident(word) if word == "as" => is_renamed = true,
            TokenTree::Ident(word) if !is_renamed => path.push(word.to_string()),
            TokenTree::Punct(punct) if punct.as_char() == ',' => {
                if !is_spread {
                    found.push(path.clone());
                }
                path.clone_from(before);
                (is_renamed, is_spread) = (false, false);
            }
            TokenTree::Group(group) if group.delimiter() == Delimiter::Brace => {
                tree(&group.stream().into_iter().collect::<Vec<_>>(), &mut path, found);
                is_spread = true;
            }
            _ => {}
        }
    }
    if !is_spread && path.len() > before.len() {
        found.push(path);
    }
}

/// The circles among the modules of one parent: sets in which each reaches each.
fn circles(parent: &Module, arrows: &BTreeMap<String, BTreeMap<String, String>>) -> Vec<String> {
    let reached = |from: &str| {
        let (mut seen, mut next) = (BTreeSet::new(), vec![from]);
        while let Some(at) = next.pop() {
            for to in arrows.get(at).into_iter().flat_map(BTreeMap::keys) {
                if seen.insert(to.as_str()) {
                    next.push(to);
                }
            }
        }
        seen
    };
    let reach: BTreeMap<&str, BTreeSet<&str>> = arrows.keys().map(|from| (from.as_str(), reached(from))).collect();
    let mut said = BTreeSet::new();
    for (from, seen) in &reach {
        let circle: BTreeSet<&str> = seen.iter().copied().filter(|to| reach.get(to).is_some_and(|back| back.contains(from))).collect();
        if circle.len() > 1 {
            let inside = |one: &str| arrows.get(one).into_iter().flatten().filter(|(to, _)| circle.contains(to.as_str()));
            let steps: Vec<&str> = circle.iter().flat_map(|one| inside(one)).map(|(_, said)| said.as_str()).collect();
            let place = if parent.is_empty() { "the root".to_owned() } else { parent.join("::") };
            let names: Vec<&str> = circle.into_iter().collect();
            said.insert(format!("below {place}, {} modules in a circle ({}): {}", names.len(), names.join(", "), steps.join("; ")));
        }
    }
    said.into_iter().collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn modules(files: &[(&str, &str)]) -> Modules {
        let (mut modules, mut tests) = (Modules::default(), BTreeSet::new());
        for (name, text) in files {
            let module = name.split("::").filter(|part| !part.is_empty()).map(str::to_owned).collect();
            modules.add(module, text, &mut tests).unwrap();
        }
        modules.tokens.retain(|module, _| !tests.iter().any(|test| module.starts_with(test)));
        modules
    }

    #[test]
    fn a_circle_is_found_however_it_is_written() {
        for back in
            ["use crate::a::A;", "use crate::{b, a::A};", "fn f() { crate::a::f() }", "fn f() { html! { <p>{ super::a::f() }</p> } }"]
        {
            let found = modules(&[("", "mod a; mod b;"), ("a", "use crate::b::{B, C as D};"), ("b", back)]).circles();
            assert_eq!(found.len(), 1, "{back}: {found:?}");
            assert!(found[0].starts_with("below the root, 2 modules in a circle (a, b)"), "{found:?}");
        }
    }

    #[test]
    fn a_circle_through_what_a_parent_passes_on_is_found() {
        let files = [("p", "mod a; mod b; pub(crate) use a::{A, B};"), ("p::a", "use super::b::f;"), ("p::b", "use super::A;")];
        assert_eq!(modules(&files).circles().len(), 1);
    }

    #[test]
    fn parents_tests_and_one_way_are_no_circle() {
        let files = [
            ("", "mod a; mod b; use a::A;"),
            ("a", "use crate::b::B; mod below; #[cfg(test)] mod tests;"),
            ("a::below", "use super::Thing; use crate::b::B;"),
            ("a::tests", "use crate::c::C;"),
            ("b", "#[cfg(test)] mod tests { use crate::a::A; } fn f() {}"),
            ("c", "use crate::a::A;"),
        ];
        assert_eq!(modules(&files).circles(), Vec::<String>::new());
    }
}
