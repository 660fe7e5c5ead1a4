//! DA-6 セキュリティ設定: 「目視確認で本人認証」, the passcode, passkeys, the size of the letters.

mod passcode;
mod passkeys;
mod text_size;

use shared::api::device_settings::{DeviceSettings, SeeDeviceSettings, SwitchVisual, Visual};
use yew::prelude::*;

use self::passcode::ChangePasscodePanel;
use self::passkeys::PasskeysPanel;
use self::text_size::TextSizePanel;
pub(super) use self::text_size::{PatientTextSize, as_before};
use crate::part::said::{said, use_said};
use crate::part::{Button, DefinitionList, Look, Notice, Panel, Tone, definitions::Row};
use crate::remote::{Remote, use_get};
use crate::text::office::{self as text, device_settings as words};
use crate::use_call::{Progress, use_call};

/// DA-6.
#[component]
pub(super) fn Settings() -> Html {
    let (remote, on_retry) = use_get(SeeDeviceSettings);
    // What a change answered takes the place of what was fetched.
    let changed = use_state(|| None::<DeviceSettings>);
    let news = use_said();
    let switch = use_call::<SwitchVisual>();
    let onchanged = {
        let (changed, news) = (changed.clone(), news.clone());
        Callback::from(move |(settings, done): (DeviceSettings, &'static str)| {
            changed.set(Some(settings));
            news.say(done);
        })
    };
    let onswitch = {
        let (switch, onchanged) = (switch.clone(), onchanged.clone());
        Callback::from(move |is_visual: bool| {
            let onchanged = onchanged.clone();
            switch.start(SwitchVisual, Visual { is_visual }, move |outcome| {
                if let Ok(settings) = outcome {
                    onchanged.emit((settings, if is_visual { words::DONE_ON } else { words::DONE_OFF }));
                }
            });
        })
    };
    let shown = match &*changed {
        Some(settings) => Remote::Here(settings.clone()),
        None => remote,
    };
    let progress = switch.progress();
    shown.view(&on_retry, |settings| {
        html! {
            <>
                { said(news.words()) }
                <SettingsView settings={settings.clone()} {progress} {onswitch} {onchanged} />
            </>
        }
    })
}

/// Everything that the screen shows.
#[derive(Clone, PartialEq, Properties)]
pub(super) struct SettingsViewProps {
    /// How the device is set.
    pub(super) settings: DeviceSettings,
    /// How far the switch has come.
    #[prop_or_default]
    pub(super) progress: Progress,
    /// Switches 「目視確認で本人認証」.
    #[prop_or_default]
    pub(super) onswitch: Callback<bool>,
    /// Something was changed.
    #[prop_or_default]
    pub(super) onchanged: Callback<(DeviceSettings, &'static str)>,
}

/// The panels.
#[component]
pub(super) fn SettingsView(props: &SettingsViewProps) -> Html {
    let SettingsViewProps { settings, progress, onswitch, onchanged } = props;
    let is_visual = settings.is_visual;
    html! {
        <>
            <DefinitionList rows={vec![Row::text(words::LABEL, settings.label.to_string())]} />
            <p class="account-note">{ words::LABEL_NOTE }</p>
            <Panel title={words::VISUAL}>
                <p>{ words::VISUAL_WHAT }</p>
                if settings.may_be_visual {
                    <p><strong id="visual-now">{ if is_visual { words::VISUAL_ON } else { words::VISUAL_OFF } }</strong></p>
                    if let Some(refusal) = &progress.refusal {
                        { failure(&text::refusal(refusal)) }
                    }
                    <p><Button id="visual-switch" look={Look::Secondary} is_off={progress.is_busy} onpress={onswitch.reform(move |()| !is_visual)}>
                        { if is_visual { words::TURN_OFF } else { words::TURN_ON } }
                    </Button></p>
                } else {
                    <Notice title={words::VISUAL_FORBIDDEN} />
                }
            </Panel>
            <PasskeysPanel settings={settings.clone()} onchanged={onchanged.clone()} />
            <ChangePasscodePanel onchanged={onchanged.clone()} />
            <TextSizePanel />
        </>
    }
}

fn failure(say: &crate::text::Say) -> Html {
    html! { <Notice tone={Tone::Bad} role="alert" code={say.code} title={say.happened.clone()}><p>{ say.next.clone() }</p></Notice> }
}

#[cfg(test)]
mod tests {
    use shared::api::factor::PasskeyRow;
    use shared::domain::calendar::UnixMs;

    use super::*;
    use crate::drawn::{draw, has};

    fn settings() -> DeviceSettings {
        DeviceSettings {
            label: "Aのスマホ1".try_into().unwrap(),
            is_visual: false,
            may_be_visual: true,
            passkeys: Vec::new(),
            may_have_passkeys: true,
        }
    }

    async fn shown(settings: DeviceSettings) -> String {
        draw(move || html! { <SettingsView {settings} /> }).await
    }

    #[tokio::test]
    async fn it_says_how_the_device_is_set_and_what_a_press_does() {
        let off = shown(settings()).await;
        for wanted in ["Aのスマホ1", words::VISUAL_OFF, words::TURN_ON, words::NO_PASSKEYS, words::CHANGE, words::TEXT_LARGE] {
            has(&off, wanted);
        }
        let on = shown(DeviceSettings { is_visual: true, ..settings() }).await;
        has(&on, words::VISUAL_ON);
        has(&on, words::TURN_OFF);
        assert!(crate::drawn::words(&on).iter().all(|said| said != words::TURN_ON));
    }

    #[tokio::test]
    async fn what_the_institution_forbids_has_no_button() {
        let shown = shown(DeviceSettings { may_be_visual: false, may_have_passkeys: false, ..settings() }).await;
        assert!(!shown.contains("visual-switch") && !shown.contains("device-passkey-add"));
        has(&shown, words::VISUAL_FORBIDDEN);
        has(&shown, words::NO_PASSKEYS_HERE);
    }

    #[tokio::test]
    async fn each_passkey_has_its_name_and_its_removal() {
        let row = PasskeyRow { id: "00ff".to_owned(), name: "鈴木の指紋".to_owned(), added_at: UnixMs(0), last_used_at: None };
        let shown = shown(DeviceSettings { passkeys: vec![row], ..settings() }).await;
        for wanted in ["鈴木の指紋", "まだ使っていません", words::REMOVE] {
            has(&shown, wanted);
        }
    }
}
