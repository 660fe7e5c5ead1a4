//! ユーザー設定情報 (N146): the settings sheet of an account, one page of A4 as PDF, with the font of its letters inside.

use std::path::{Path, PathBuf};

use krilla::Document;
use krilla::color::rgb;
use krilla::geom::{PathBuilder, Point, Rect};
use krilla::metadata::Metadata;
use krilla::num::NormalizedF32;
use krilla::page::PageSettings;
use krilla::paint::{Fill, Stroke};
use krilla::surface::Surface;
use krilla::text::{Font, TextDirection};
use shared::domain::account::{AccountKind, UserId};
use shared::domain::calendar::UnixMs;
use shared::domain::code::{ActivationCode, DeviceLabel};
use shared::domain::institution::InstitutionCode;

/// Where Debian's `fonts-noto-cjk` (SIL Open Font License) puts a Japanese font.
pub const FONT: &str = "/usr/share/fonts/opentype/noto/NotoSansCJK-Regular.ttc";

/// What stands on a sheet. No `Debug`: secrets.
pub struct SheetText {
    /// 機関コード.
    pub institution: InstitutionCode,
    /// 機関名.
    pub institution_name: String,
    /// ユーザID.
    pub user: UserId,
    /// 権限区分.
    pub kind: AccountKind,
    /// 初期パスワード.
    pub password: String,
    /// A code for each device that has none yet.
    pub codes: Vec<(DeviceLabel, ActivationCode)>,
    /// Devices that are registered already.
    pub in_use: Vec<DeviceLabel>,
    /// Unused codes count until then.
    pub codes_until: UnixMs,
    /// Address of the server, as browsers write it.
    pub origin: String,
    /// When it was made.
    pub made_at: UnixMs,
    /// Which one of this account: 1 is the first.
    pub number: u32,
}

/// Says why there is no sheet.
#[derive(Debug, thiserror::Error)]
pub enum NoSheet {
    /// The font's file cannot be read.
    #[error("the font {} cannot be read: install fonts-noto-cjk, or name another with --font", .0.display())]
    Unreadable(PathBuf, #[source] std::io::Error),
    /// The file is no font with Japanese letters.
    #[error("{} is no font with Japanese letters: name another with --font", .0.display())]
    NoFont(PathBuf),
    /// The page could not be written.
    #[error("the page could not be written: {0}")]
    Page(String),
}

/// A font for papers; the first one of a collection.
#[derive(Clone)]
pub struct PaperFont(Font);

impl PaperFont {
    /// Reads a font (OpenType, or a collection of them).
    ///
    /// # Errors
    /// [`NoSheet::Unreadable`] and [`NoSheet::NoFont`], which say what to do.
    pub fn read(file: &Path) -> Result<Self, NoSheet> {
        let bytes = std::fs::read(file).map_err(|why| NoSheet::Unreadable(file.to_owned(), why))?;
        let font = Font::new(bytes.into(), 0).ok_or_else(|| NoSheet::NoFont(file.to_owned()))?;
        let font = Self(font);
        // A letter that the font does not have would be an empty box on the paper: tried once, on a page that nobody sees.
        if font.has_japanese() { Ok(font) } else { Err(NoSheet::NoFont(file.to_owned())) }
    }

    /// True when two different letters are drawn differently: a font without them draws one and the same box.
    fn has_japanese(&self) -> bool {
        let page_of = |letter: &str| {
            let mut document = Document::new();
            let mut page = document.start_page();
            let mut surface = page.surface();
            surface.draw_text(Point::from_xy(10.0, 20.0), self.0.clone(), 12.0, letter, true, TextDirection::Auto);
            surface.finish();
            page.finish();
            document.finish().unwrap_or_default()
        };
        page_of("資") != page_of("格")
    }
}

const WIDTH: f32 = 595.28;
const HEIGHT: f32 = 841.89;
const LEFT: f32 = 56.0;
const RIGHT: f32 = WIDTH - 56.0;

/// Draws one line after the other, downwards.
struct Pen<'a, 'b> {
    surface: &'a mut Surface<'b>,
    font: Font,
    y: f32,
}

impl Pen<'_, '_> {
    fn text(&mut self, x: f32, size: f32, text: &str) {
        self.surface.draw_text(Point::from_xy(x, self.y), self.font.clone(), size, text, false, TextDirection::LeftToRight);
    }

    /// A line, and as many more as the text needs.
    fn lines(&mut self, x: f32, size: f32, text: &str) {
        for line in wrapped(text, (RIGHT - x) / size) {
            self.text(x, size, &line);
            self.y += size * 1.5;
        }
    }

    /// What it is, and its value in larger letters.
    fn row(&mut self, label: &str, value: &str) {
        self.text(LEFT, 10.0, label);
        self.lines(LEFT + 110.0, 14.0, value);
        self.rule();
    }

    fn rule(&mut self) {
        let mut path = PathBuilder::new();
        path.move_to(LEFT, self.y - 10.0);
        path.line_to(RIGHT, self.y - 10.0);
        if let Some(path) = path.finish() {
            let grey = Stroke { paint: rgb::Color::new(160, 160, 160).into(), width: 0.5, ..Stroke::default() };
            self.surface.set_fill(None);
            self.surface.set_stroke(Some(grey));
            self.surface.draw_path(&path);
            self.surface.set_stroke(None);
            self.surface.set_fill(Some(black()));
        }
        self.y += 12.0;
    }
}

fn black() -> Fill {
    Fill { paint: rgb::Color::new(0, 0, 0).into(), opacity: NormalizedF32::ONE, rule: Default::default() }
}

/// Breaks a text into lines of at most so many ems: a full-width letter is one wide, a half-width one a little more than half.
fn wrapped(text: &str, ems: f32) -> Vec<String> {
    let (mut lines, mut line, mut width) = (Vec::new(), String::new(), 0.0);
    for c in text.chars() {
        let wide = if c.is_ascii() || matches!(c, '\u{FF61}'..='\u{FF9F}') { 0.62 } else { 1.0 };
        if width + wide > ems && !line.is_empty() {
            lines.push(std::mem::take(&mut line));
            width = 0.0;
        }
        line.push(c);
        width += wide;
    }
    lines.push(line);
    lines
}

/// The sheet as PDF: one page.
///
/// # Errors
/// [`NoSheet::Page`].
pub fn pdf(font: &PaperFont, sheet: &SheetText) -> Result<Vec<u8>, NoSheet> {
    let mut document = Document::new();
    let title = Metadata::new().title("ユーザー設定情報".to_owned()).language("ja".to_owned());
    document.set_metadata(title);
    let size = PageSettings::from_wh(WIDTH, HEIGHT).ok_or_else(|| NoSheet::Page("no such size".to_owned()))?;
    let mut page = document.start_page_with(size);
    let mut surface = page.surface();
    draw(&mut surface, font, sheet);
    surface.finish();
    page.finish();
    document.finish().map_err(|why| NoSheet::Page(format!("{why:?}")))
}

fn draw(surface: &mut Surface<'_>, font: &PaperFont, sheet: &SheetText) {
    let mut frame = PathBuilder::new();
    if let Some(rect) = Rect::from_xywh(LEFT - 16.0, 40.0, RIGHT - LEFT + 32.0, HEIGHT - 80.0) {
        frame.push_rect(rect);
    }
    if let Some(frame) = frame.finish() {
        surface.set_fill(None);
        surface.set_stroke(Some(Stroke { paint: rgb::Color::new(11, 92, 90).into(), width: 1.0, ..Stroke::default() }));
        surface.draw_path(&frame);
        surface.set_stroke(None);
    }
    surface.set_fill(Some(black()));
    let mut pen = Pen { surface, font: font.0.clone(), y: 78.0 };
    pen.text(LEFT, 20.0, "ユーザー設定情報");
    pen.text(RIGHT - 150.0, 10.0, "取扱注意・1枚だけの書類です");
    pen.y += 24.0;
    pen.text(LEFT, 9.0, &format!("資格確認限定型    発行 {}    {}枚目", sheet.made_at.jst_minute_text(), sheet.number));
    pen.y += 36.0;
    pen.row("機関コード", sheet.institution.as_str());
    pen.row("機関名", &sheet.institution_name);
    pen.row("ユーザID", sheet.user.as_str());
    pen.row("権限区分", sheet.kind.label());
    pen.row("初期パスワード", &sheet.password);
    if !sheet.codes.is_empty() {
        pen.text(
            LEFT,
            11.0,
            &format!("アクティベーションコード(端末1台に1つ。{}まで、1回だけ使えます)", sheet.codes_until.jst_minute_text()),
        );
        pen.y += 22.0;
        // Two columns: a sheet stays one page, however many devices there are.
        for row in sheet.codes.chunks(2) {
            for (column, (label, code)) in [LEFT, LEFT + 250.0].into_iter().zip(row) {
                pen.text(column, 10.0, label.as_str());
                pen.text(column + 70.0, 13.0, &code.grouped());
            }
            pen.y += 20.0;
        }
        pen.y += 4.0;
        pen.rule();
    }
    if !sheet.in_use.is_empty() {
        let labels: Vec<_> = sheet.in_use.iter().map(DeviceLabel::as_str).collect();
        pen.lines(LEFT, 9.0, &format!("登録済みのため、新しいコードのない端末: {}", labels.join("、")));
        pen.y += 6.0;
    }
    for step in steps(sheet) {
        pen.lines(LEFT, 9.5, &step);
        pen.y += 2.0;
    }
}

/// What to do with the sheet.
fn steps(sheet: &SheetText) -> Vec<String> {
    let origin = &sheet.origin;
    let mut steps = vec![format!("1. パソコンで {origin}/o を開き、この紙の機関コード・ユーザID・初期パスワードでログインします。")];
    steps.push("2. 新しいパスワードに変えます。初期パスワードは、ここで使えなくなります。".to_owned());
    if sheet.kind == AccountKind::General {
        steps.push(format!("3. 端末で {origin}/d を開き、機関コード、ユーザID、新しいパスワード、端末ごとのコードで登録します。"));
    }
    steps.push(
        "この紙をなくしたときは、申請のページで作り直してください。前の紙のパスワードと未使用のコードは使えなくなります。".to_owned(),
    );
    steps
}

#[cfg(test)]
mod tests {
    use super::*;

    fn sheet(kind: AccountKind, devices: usize) -> SheetText {
        let codes = (1..=devices).map(|number| {
            let digits = ActivationCode::from_random([u8::try_from(number).unwrap(); 16]);
            (DeviceLabel::try_from(format!("端末{number}").as_str()).unwrap(), digits)
        });
        SheetText {
            institution: InstitutionCode::try_from("9969900001").unwrap(),
            institution_name: "ひなた施術所 ".repeat(14).trim().to_owned(),
            user: UserId::try_from("kanri234").unwrap(),
            kind,
            password: "ABCDE-FGHJK-LMNPQ-RSTUV-WXYZ2".to_owned(),
            codes: codes.collect(),
            in_use: vec![DeviceLabel::try_from("受付の端末").unwrap()],
            codes_until: UnixMs(1_797_000_000_000),
            origin: "https://uketsuke.example".to_owned(),
            made_at: UnixMs(1_795_000_000_000),
            number: 2,
        }
    }

    /// The words of a PDF without spaces, and how many pages it has.
    fn read(pdf: &[u8], name: &str) -> (String, usize) {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join(name);
        std::fs::write(&file, pdf).unwrap();
        let text = std::process::Command::new("pdftotext").arg("-layout").arg(&file).arg("-").output().expect("poppler-utils");
        assert!(text.status.success());
        let text = String::from_utf8(text.stdout).unwrap();
        let pages = text.matches('\u{c}').count();
        (text.chars().filter(|c| !c.is_whitespace()).collect(), pages)
    }

    #[test]
    fn n146_the_sheet_is_one_page_that_says_everything_in_letters_of_its_own() {
        let font = PaperFont::read(Path::new(FONT)).unwrap();
        let full = sheet(AccountKind::General, 20);
        let bytes = pdf(&font, &full).unwrap();
        assert!(bytes.len() < 200_000, "{} bytes: the font is not cut down to its letters", bytes.len());
        let (text, pages) = read(&bytes, "sheet.pdf");
        assert_eq!(pages, 1);
        for part in [
            "ユーザー設定情報",
            "9969900001",
            "kanri234",
            "ABCDE-FGHJK-LMNPQ-RSTUV-WXYZ2",
            "一般利用者",
            "受付の端末",
            "作り直してください",
        ] {
            assert!(text.contains(part), "{part} in {text}");
        }
        for (label, code) in &full.codes {
            let grouped: String = code.grouped().chars().filter(|c| !c.is_whitespace()).collect();
            assert!(text.contains(&format!("{}{grouped}", label.as_str())), "{label}");
        }
        let admin = SheetText { codes: Vec::new(), in_use: Vec::new(), ..sheet(AccountKind::Admin, 0) };
        let (text, _) = read(&pdf(&font, &admin).unwrap(), "admin.pdf");
        assert!(!text.contains("アクティベーションコード") && text.contains("管理"), "{text}");
    }

    #[test]
    fn without_a_japanese_font_it_is_said_what_to_do() {
        let missing = PaperFont::read(Path::new("/nowhere/font.ttc")).err().unwrap();
        assert!(missing.to_string().contains("fonts-noto-cjk") && missing.to_string().contains("--font"), "{missing}");
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("font.ttf");
        std::fs::write(&file, "no font").unwrap();
        assert!(matches!(PaperFont::read(&file), Err(NoSheet::NoFont(_))));
    }

    #[test]
    fn long_names_go_on_below() {
        assert_eq!(wrapped("あいうえお", 2.0), ["あい", "うえ", "お"]);
        assert_eq!(wrapped("", 2.0), [""]);
    }
}
