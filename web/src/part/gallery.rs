//! Every part of a form and of a list in one page, for looking at: written to `target/gallery.html` by its test, shipped nowhere.

use shared::domain::calendar::CivilDate;
use yew::prelude::*;

use super::confirm::Words;
use super::field::Input;
use super::table::{Column, Line, Sorted};
use super::timeline::Happened;
use super::{
    CheckField, Confirm, CopyButton, DateField, Download, Field, FileField, Offer, OneTimeSecret, PageShell, Progress, RadioField,
    SecretField, SelectField, SendForm, Table, TextArea, Timeline, Tone,
};
use crate::drawn::draw;
use crate::text::Say;

const STYLES: [&str; 6] = [
    include_str!("../../style/tokens.css"),
    include_str!("../../style/base.css"),
    include_str!("../../style/part.css"),
    include_str!("../../style/form.css"),
    include_str!("../../style/account.css"),
    include_str!("../../style/table.css"),
];

/// Classes that name a thing whose look is the usual one.
const PLAIN: [&str; 4] = ["button--secondary", "dialog__title", "is-hidden", "say__next"];

fn input(id: &'static str, value: &'static str, fault: Option<&'static str>) -> Input {
    Input { id: id.into(), value: value.into(), fault: fault.map(Into::into), is_held: false, oninput: Callback::noop() }
}

fn form() -> Html {
    let kinds = vec![Offer { value: "general", label: "一般利用者" }, Offer { value: "viewer", label: "医療情報閲覧" }];
    let failed = Say {
        code: "U-X01",
        happened: "通信できません。".into(),
        stored: "登録されたかどうかは、まだ分かりません。".into(),
        next: "電波のよい所で、もう一度押してください。".into(),
        ways: &[],
    };
    let wrong = Some("ユーザIDは半角英数字2〜8文字で入力してください。");
    html! {
        <SendForm id="send" submit="登録する" {failed} onsubmit={Callback::noop()}>
            <Field of={input("user", "す", wrong)} label="ユーザID" hint="半角英数字 2〜8文字" is_required=true />
            <SecretField of={input("secret", "himitsu", None)} label="パスワード" autocomplete="new-password" />
            <DateField of={input("day", "昭35.6.2", None)} label="生年月日" is_required=true />
            <Field of={input("kept", "30", None)} label="残す日数" inputmode="numeric" unit="日" />
            <SelectField of={input("kind", "viewer", None)} label="権限区分" offers={kinds.clone()} />
            <RadioField of={input("use", "", Some("どちらかを選んでください。"))} label="訪問診療等機能" is_required=true offers={kinds} />
            <CheckField id="agreed" label="利用規約に同意します" hint="同意すると、機能を使えるようになります。" is_on=true onchange={Callback::noop()} />
            <TextArea of={input("note", "一行目\n二行目", None)} label="お知らせの本文" hint="受付のページに、そのまま出ます。" />
            <FileField id="file" label="一括登録のファイル" hint="CSV、1MBまで" chosen={("accounts.csv".into(), 12_345)} onchoose={Callback::noop()} />
        </SendForm>
    }
}

fn list() -> Html {
    let columns = vec![
        Column::words("氏名").sorted(Sorted::Up),
        Column::marks("手術"),
        Column::marks("薬剤"),
        Column::words("登録日").sorted(Sorted::No),
        Column::words("備考"),
    ];
    let line = |name: &'static str, day: &'static str| Line {
        key: name.into(),
        cells: vec![
            html! { <a href="#x">{ name }</a> },
            html! { "○" },
            html! { "×" },
            html! { { day } },
            html! { "長い言葉が入ることもある欄です" },
        ],
    };
    let lines = vec![line("管理　花", "2024/01/17"), line("資格　一郎", "2024/01/18")];
    html! { <Table caption="アカウント" scrolls="アカウントの表" {columns} {lines} empty={Html::default()} /> }
}

fn rest() -> Html {
    let at = |hour| CivilDate::new(2024, 1, 17).map(|day| day.at_jst(hour, 5)).expect("a day");
    let events = vec![
        Happened { at: at(9), what: "コードを発行しました".into(), by: Some("管理 花さん".into()), tone: Tone::Good },
        Happened { at: at(10), what: "端末が登録を断られました".into(), by: None, tone: Tone::Bad },
    ];
    html! {
        <>
            <OneTimeSecret id="once" title="アクティベーションコード" whose="Aのタブレット(ひなた訪問看護ステーション)" secret="4821 7730 0965"
                next="端末に入力するまで、ほかの人に見えない所に置いてください。" ondone={Callback::noop()} />
            <Download href="#file" file="x.csv" words="結果を保存(CSV)" about="51件、2024/01/24まで" />
            <Progress label="一括照会" done=45 total={Some(120)} />
            <Timeline {events} empty={Html::default()} />
            <CopyButton id="copy" words="URLをコピー" text="x" />
        </>
    }
}

fn question() -> Html {
    let is_right = Callback::from(|_: String| true);
    let words = Words {
        label: "続けるには、機関コードを入力してください".into(),
        hint: "この機関の機関コード: 9969900001".into(),
        wrong: "機関コードがちがいます。".into(),
        inputmode: Some("numeric".into()),
        is_right,
    };
    html! {
        <Confirm id="ask" title="コードを無効にしますか" act="無効にする" {words} onact={Callback::noop()} onclose={Callback::noop()}>
            <p>{ "無効にすると、この端末はすぐに使えなくなります。" }</p>
        </Confirm>
    }
}

#[tokio::test]
async fn every_part_is_drawn_into_the_gallery() {
    let html = draw(|| {
        html! { <PageShell is_wide=true><h1>{ "部品の見本" }</h1>{ form() }{ list() }{ rest() }{ question() }</PageShell> }
    })
    .await;
    // Without its program the browser opens no dialog: here it stands open among the rest.
    let html = html.replace("<dialog ", "<dialog open style=\"position:static;margin:0\" ");
    let page = format!(
        "<!doctype html><html lang=\"ja\"><meta charset=\"utf-8\"><meta name=\"viewport\" content=\"width=device-width\"><title>部品の見本</title>\
         <style>{}</style><div id=\"app\">{html}</div></html>",
        STYLES.concat()
    );
    // A class without a style of its own is a part that was left to some desk's style.
    let classes = html.split("class=\"").skip(1).filter_map(|rest| rest.split('"').next()).flat_map(str::split_whitespace);
    let styles = STYLES.concat();
    let bare = classes.filter(|class| !PLAIN.contains(class) && !styles.contains(&format!(".{class}")));
    let bare: std::collections::BTreeSet<&str> = bare.collect();
    assert!(bare.is_empty(), "no style for {bare:?}");
    let target = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("../target");
    std::fs::create_dir_all(&target).expect("a folder for what is built");
    std::fs::write(target.join("gallery.html"), page).expect("a page among what is built");
}
