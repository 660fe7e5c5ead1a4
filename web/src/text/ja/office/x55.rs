//! What was shown and is not taken (X55).

use shared::api::{Detail, Refusal};
use shared::domain::check::Medium;

/// X55: by what the institution and the use take, and by nothing else.
pub(super) fn not_taken(refusal: &Refusal) -> (&'static str, yew::AttrValue) {
    let (media, was_by_eye) = match &refusal.detail {
        Some(Detail::Takes { media, was_by_eye }) => (media.as_slice(), *was_by_eye),
        _ => (&[][..], false),
    };
    let phones: Vec<_> = media.iter().filter(|medium| **medium != Medium::Card).map(|medium| medium.label()).collect();
    if phones.is_empty() {
        return ("この受付では、スマートフォンを使えません。", "マイナンバーカードで確認してください。".into());
    }
    let happened = if was_by_eye {
        "スマートフォンでは目視の確認ができません。"
    } else {
        "この受付では、これを使えません。"
    };
    (happened, format!("マイナンバーカードか、{}の暗証番号で確認してください。", phones.join("・")).into())
}

#[cfg(test)]
mod tests {
    use shared::api::{Code, Stored};

    use super::*;

    #[test]
    fn x55_names_the_ways_that_are_taken_and_no_other() {
        let said = |detail| {
            let (happened, next) = not_taken(&Refusal { code: Code::X55, stored: Stored::Nothing, detail });
            format!("{happened}{next}")
        };
        let takes = |media: &[Medium], was_by_eye| Some(Detail::Takes { media: media.to_vec(), was_by_eye });
        use Medium::{Android, Card, Iphone};
        for (detail, names, names_not) in [
            (None, &["マイナンバーカード"][..], &["目視", "暗証番号"][..]),
            // A phone is not taken at all: neither 目視 nor a PIN of it is a way.
            (takes(&[Card], true), &["スマートフォンを使えません", "マイナンバーカード"], &["目視", "暗証番号"]),
            (takes(&[Card], false), &["スマートフォンを使えません", "マイナンバーカード"], &["目視", "暗証番号"]),
            (takes(&[Card, Android], true), &["目視の確認ができません", "Androidの暗証番号"], &["iPhone"]),
            (takes(&[Card, Android], false), &["マイナンバーカード", "Androidの暗証番号"], &["目視", "iPhone"]),
            (takes(&[Card, Android, Iphone], true), &["目視の確認ができません", "Android・iPhoneの暗証番号"], &[]),
        ] {
            let text = said(detail.clone());
            assert!(names.iter().all(|name| text.contains(name)), "{detail:?}: {text}");
            assert!(!names_not.iter().any(|name| text.contains(name)), "{detail:?}: {text}");
        }
    }
}
