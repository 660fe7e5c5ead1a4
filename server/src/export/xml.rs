//! XML as the レセコン files use it: elements and text, nothing else. Attributes, comments and processing instructions are passed over;
//! namespaces too (`recekon.md` T04); a DTD is refused (T21).

use quick_xml::Reader;
use quick_xml::events::Event;

/// Deeper than any known message.
const MAX_DEPTH: usize = 32;

/// An element by its local name.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Element {
    /// Local name.
    pub name: String,
    /// Its own text, put together; white space as it stood.
    pub text: String,
    /// What is inside.
    pub children: Vec<Element>,
    /// The line on which it begins, from 1.
    pub line: usize,
}

/// Why a text is not read.
#[derive(Debug, thiserror::Error)]
pub enum BadXml {
    /// Not well-formed.
    #[error("the file is no XML")]
    Syntax(#[source] Option<Box<quick_xml::Error>>),
    /// It brings rules of its own, which could make it grow or fetch things.
    #[error("the file holds a DTD")]
    Dtd,
    /// An entity that XML itself does not have.
    #[error("the file holds an unknown entity")]
    Entity,
    /// Nested too deep.
    #[error("the file is nested too deep")]
    Depth,
}

/// Where a text could be read no further, and why.
#[derive(Debug, thiserror::Error)]
#[error("line {line}: {why}")]
pub struct Stopped {
    /// The line, from 1.
    pub line: usize,
    /// The element that was open there; `None` outside of the root.
    pub inside: Option<String>,
    /// Why.
    #[source]
    pub why: BadXml,
}

/// Reads one document.
///
/// # Errors
/// [`Stopped`].
pub fn parse(text: &str) -> Result<Element, Stopped> {
    parse_without(text, "", &mut |_| {})
}

/// Reads one document, but hands every element of this name over as soon as it is closed, instead of keeping it: a large list is never
/// in memory as a whole. One inside another of the same name stays inside it.
///
/// # Errors
/// [`Stopped`]; what was handed over before it is then a part of a broken file.
pub fn parse_without(text: &str, taken_out: &str, take: &mut dyn FnMut(Element)) -> Result<Element, Stopped> {
    let mut reader = Reader::from_str(text);
    let mut building = Building { open: Vec::new(), root: None, taken_out, take };
    let (mut line, mut counted) = (1, 0_usize);
    loop {
        let event = reader.read_event();
        let at = if event.is_ok() { reader.buffer_position() } else { reader.error_position() };
        let at = usize::try_from(at).unwrap_or(text.len()).min(text.len());
        let begins_on = line;
        line += text.as_bytes().get(counted..at).unwrap_or_default().iter().filter(|byte| **byte == b'\n').count();
        counted = counted.max(at);
        // An element stands where its tag begins, and what is wrong where it ends.
        match event.map_err(|inner| BadXml::Syntax(Some(Box::new(inner)))).and_then(|event| building.take_in(event, begins_on)) {
            Ok(true) => {}
            Ok(false) => break,
            Err(why) => return Err(building.stopped(line, why)),
        }
    }
    match building.root.take() {
        Some(root) if building.open.is_empty() => Ok(root),
        root => {
            building.root = root;
            Err(building.stopped(line, BadXml::Syntax(None)))
        }
    }
}

struct Building<'a> {
    open: Vec<Element>,
    root: Option<Element>,
    taken_out: &'a str,
    take: &'a mut dyn FnMut(Element),
}

impl Building<'_> {
    /// False at the end.
    fn take_in(&mut self, event: Event<'_>, line: usize) -> Result<bool, BadXml> {
        let element = |name: &str| Element { name: name.to_owned(), text: String::new(), children: Vec::new(), line };
        match event {
            Event::Start(start) => {
                if self.open.len() >= MAX_DEPTH {
                    return Err(BadXml::Depth);
                }
                if self.root.is_some() {
                    return Err(BadXml::Syntax(None));
                }
                self.open.push(element(start.local_name().as_ref()));
            }
            Event::Empty(start) => self.close(element(start.local_name().as_ref()))?,
            Event::End(_) => {
                let done = self.open.pop().ok_or(BadXml::Syntax(None))?;
                self.close(done)?;
            }
            Event::Text(text) => self.add(&text.xml10_content())?,
            Event::CData(text) => self.add(&text.xml10_content())?,
            Event::GeneralRef(entity) => match entity.resolve_char_ref() {
                Ok(Some(c)) => self.add(c.encode_utf8(&mut [0; 4]))?,
                Ok(None) => match quick_xml::escape::resolve_predefined_entity(&entity) {
                    Some(text) => self.add(text)?,
                    None => return Err(BadXml::Entity),
                },
                Err(inner) => return Err(BadXml::Syntax(Some(Box::new(inner)))),
            },
            Event::DocType(_) => return Err(BadXml::Dtd),
            Event::Decl(_) | Event::PI(_) | Event::Comment(_) => {}
            Event::Eof => return Ok(false),
        }
        Ok(true)
    }

    fn close(&mut self, done: Element) -> Result<(), BadXml> {
        let is_outermost = done.name == self.taken_out && !self.open.iter().any(|outer| outer.name == self.taken_out);
        match self.open.last_mut() {
            Some(_) if is_outermost => (self.take)(done),
            Some(parent) => parent.children.push(done),
            None if self.root.is_none() => self.root = Some(done),
            None => return Err(BadXml::Syntax(None)),
        }
        Ok(())
    }

    fn add(&mut self, text: &str) -> Result<(), BadXml> {
        match self.open.last_mut() {
            Some(parent) => parent.text.push_str(text),
            None if text.trim().is_empty() => {}
            None => return Err(BadXml::Syntax(None)),
        }
        Ok(())
    }

    fn stopped(&self, line: usize, why: BadXml) -> Stopped {
        let inside = self.open.last().or(self.root.as_ref());
        // A name is shown to people: one that is no name of an element is cut.
        Stopped { line, inside: inside.map(|element| element.name.chars().take(80).collect()), why }
    }
}

/// Writes lines of XML: CRLF, two spaces a step (T30).
pub struct Lines(String);

impl Lines {
    /// Begins a document.
    #[must_use]
    pub fn begin(encoding: &str) -> Self {
        Self(format!("<?xml version=\"1.0\" encoding=\"{encoding}\" standalone=\"no\"?>\r\n"))
    }

    /// Opens or closes an element that holds others: `<Name>` or `</Name>`.
    pub fn tag(&mut self, depth: usize, slash: &str, name: &str) {
        self.line(depth, &format!("<{slash}{name}>"));
    }

    /// An element that holds text.
    pub fn value(&mut self, depth: usize, name: &str, text: &str) {
        // A reader may change line ends and drop white space it does not see as text: these keep their own letters.
        let text = quick_xml::escape::partial_escape(text).replace('\r', "&#13;").replace('\n', "&#10;").replace('\t', "&#9;");
        self.line(depth, &format!("<{name}>{text}</{name}>"));
    }

    /// The document.
    #[must_use]
    pub fn into_text(self) -> String {
        self.0
    }

    fn line(&mut self, depth: usize, line: &str) {
        self.0.push_str(&"  ".repeat(depth));
        self.0.push_str(line);
        self.0.push_str("\r\n");
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn t04_names_count_without_their_namespace() {
        let read = parse("<?xml version='1.0'?><!-- x --><q:A xmlns:q='urn:x' y='1'><q:B>1</q:B><C/></q:A>\n").unwrap();
        assert_eq!(read.name, "A");
        assert_eq!(
            read.children.iter().map(|child| (child.name.as_str(), child.text.as_str())).collect::<Vec<_>>(),
            [("B", "1"), ("C", "")]
        );
    }

    #[test]
    fn text_is_put_together_from_its_parts() {
        let read = parse("<a>&lt;一&#x20BB7;&#13;<![CDATA[<&]]> \r\n&amp;</a>").unwrap();
        assert_eq!(read.text, "<一𠮷\r<& \n&");
    }

    #[test]
    fn f15_t21_what_is_no_plain_xml_is_refused() {
        let deep = "<a>".repeat(40) + &"</a>".repeat(40);
        for bad in
            ["", "x", "<a>", "<a></b>", "</a>", "<a/><b/>", "<a></a>x", "<a>&#xD800;</a>", "<a>&#0;</a>", "<a>&</a>", "PK\u{3}\u{4}", &deep]
        {
            assert!(parse(bad).is_err(), "{bad}");
        }
        let dtd = "<!DOCTYPE a [<!ENTITY b \"cc\">]><a>&b;</a>";
        assert!(matches!(parse(dtd).unwrap_err().why, BadXml::Dtd));
        assert!(matches!(parse("<a>&b;</a>").unwrap_err().why, BadXml::Entity));
    }

    #[test]
    fn a_broken_text_names_its_line_and_element() {
        let whole = "<A>\r\n  <B>1</B>\r\n  <C>\r\n    <D>2</D>\r\n  </C>\r\n</A>\r\n";
        let root = parse(whole).unwrap();
        assert_eq!((root.line, root.children[0].line, root.children[1].line, root.children[1].children[0].line), (1, 2, 3, 4));
        let place = |text: &str| {
            let stopped = parse(text).unwrap_err();
            (stopped.line, stopped.inside)
        };
        assert_eq!(place(whole.split_once("2</D>").unwrap().0), (4, Some("D".to_owned())), "cut in a value");
        assert_eq!(place(whole.split_once("  </C>").unwrap().0), (5, Some("C".to_owned())), "cut between two lines");
        assert_eq!(place(&whole.replace("</D>", "</X>")), (4, Some("D".to_owned())), "closed under another name");
        assert_eq!(place(&whole.replace('2', "&b;")), (4, Some("D".to_owned())), "an unknown entity");
        assert_eq!(place("<!DOCTYPE A><A/>").1, None, "before the root");
        for end in 0..whole.trim_end().len() {
            assert!(parse(whole.get(..end).unwrap()).is_err(), "a part is never taken for the whole: {end}");
        }
    }

    #[test]
    fn a_list_is_handed_over_one_by_one() {
        let mut taken = Vec::new();
        let rest = parse_without("<A><L><U>1</U>\n<U><U>2</U></U></L><B/><U/></A>", "U", &mut |unit| taken.push(unit)).unwrap();
        assert_eq!(
            taken.iter().map(|unit| (unit.text.as_str(), unit.children.len(), unit.line)).collect::<Vec<_>>(),
            [("1", 0, 1), ("", 1, 2), ("", 0, 2)]
        );
        assert_eq!(rest.children.iter().map(|child| child.name.as_str()).collect::<Vec<_>>(), ["L", "B"]);
    }

    #[test]
    fn t30_lines_end_with_crlf_and_step_by_two_spaces() {
        let mut lines = Lines::begin("UTF-8");
        lines.tag(0, "", "A");
        lines.value(1, "B", "<&>\r\n\t'\"");
        lines.tag(0, "/", "A");
        let text = lines.into_text();
        assert_eq!(
            text,
            "<?xml version=\"1.0\" encoding=\"UTF-8\" standalone=\"no\"?>\r\n<A>\r\n  <B>&lt;&amp;&gt;&#13;&#10;&#9;'\"</B>\r\n</A>\r\n"
        );
        assert_eq!(parse(&text).unwrap().children[0].text, "<&>\r\n\t'\"");
    }
}
