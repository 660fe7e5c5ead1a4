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

/// Reads one document.
///
/// # Errors
/// [`BadXml`].
pub fn parse(text: &str) -> Result<Element, BadXml> {
    let mut reader = Reader::from_str(text);
    let mut open: Vec<Element> = Vec::new();
    let mut root = None;
    loop {
        match reader.read_event().map_err(|inner| BadXml::Syntax(Some(Box::new(inner))))? {
            Event::Start(start) => {
                if open.len() >= MAX_DEPTH {
                    return Err(BadXml::Depth);
                }
                if root.is_some() {
                    return Err(BadXml::Syntax(None));
                }
                open.push(element(start.local_name().as_ref()));
            }
            Event::Empty(start) => close(element(start.local_name().as_ref()), &mut open, &mut root)?,
            Event::End(_) => {
                let done = open.pop().ok_or(BadXml::Syntax(None))?;
                close(done, &mut open, &mut root)?;
            }
            Event::Text(text) => add(&text.xml10_content(), &mut open)?,
            Event::CData(text) => add(&text.xml10_content(), &mut open)?,
            Event::GeneralRef(entity) => match entity.resolve_char_ref() {
                Ok(Some(c)) => add(c.encode_utf8(&mut [0; 4]), &mut open)?,
                Ok(None) => match quick_xml::escape::resolve_predefined_entity(&entity) {
                    Some(text) => add(text, &mut open)?,
                    None => return Err(BadXml::Entity),
                },
                Err(inner) => return Err(BadXml::Syntax(Some(Box::new(inner)))),
            },
            Event::DocType(_) => return Err(BadXml::Dtd),
            Event::Decl(_) | Event::PI(_) | Event::Comment(_) => {}
            Event::Eof => break,
        }
    }
    root.filter(|_| open.is_empty()).ok_or(BadXml::Syntax(None))
}

fn element(name: &str) -> Element {
    Element { name: name.to_owned(), text: String::new(), children: Vec::new() }
}

fn close(done: Element, open: &mut [Element], root: &mut Option<Element>) -> Result<(), BadXml> {
    match open.last_mut() {
        Some(parent) => parent.children.push(done),
        None if root.is_none() => *root = Some(done),
        None => return Err(BadXml::Syntax(None)),
    }
    Ok(())
}

fn add(text: &str, open: &mut [Element]) -> Result<(), BadXml> {
    match open.last_mut() {
        Some(parent) => parent.text.push_str(text),
        None if text.trim().is_empty() => {}
        None => return Err(BadXml::Syntax(None)),
    }
    Ok(())
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
        assert!(matches!(parse(dtd), Err(BadXml::Dtd)));
        assert!(matches!(parse("<a>&b;</a>"), Err(BadXml::Entity)));
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
