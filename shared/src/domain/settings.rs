//! 環境設定情報 (OT-6, N040–N049): what an institution sets for itself, as one value that takes effect as a whole.

pub mod link;
pub mod policy;
mod words;

pub use link::{FileEncoding, FileWay, HandOverSettings};
pub use policy::{card_grace_months, items_offered, phone_by_policy};
pub use words::{Difference, differences, lines};

use serde::{Deserialize, Serialize};

use super::calendar::CivilDate;
use super::check::Medium;
use super::consent::ConsentGroup;
use super::institution::{Use, VisitKind};
use super::{number, typed};

/// Longest contact, in characters.
pub const CONTACT_MAX_CHARS: usize = 120;

/// The settings of an institution. What counts from when is the record's, not the value's.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Settings {
    /// 訪問診療等 (N041).
    pub home_visit: UseSettings,
    /// オンライン診療等 (N049).
    pub online: UseSettings,
    /// 外来診療等(通常とは異なる動線) (N042).
    pub off_route: UseSettings,
    /// 医療扶助 (N049, P-AID).
    pub medical_aid: bool,
    /// 医療費助成 (N048, P-PMH).
    pub subsidies: bool,
    /// 電子処方箋 (N049).
    pub e_prescription: bool,
    /// 処方箋の発行形態 (OT-6, P-ITEM).
    pub prescription_form: PrescriptionForm,
    /// 目視確認 is allowed on the devices (Q11).
    pub visual_check: bool,
    /// Q8: the eligibility is shown on the tablet.
    pub shows_eligibility: bool,
    /// 結果の書き出し.
    #[serde(default)]
    pub hand_over: HandOverSettings,
    /// Whom to ask, in the institution's own words (X18, X19); may be empty.
    pub contact: String,
}

/// What belongs to one use.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct UseSettings {
    /// 利用する.
    pub is_on: bool,
    /// 閲覧同意: what its reception asks, in the order of the screen; at least one, within [`items_offered`].
    pub items: Vec<ConsentGroup>,
    /// Whether an Android phone is taken in the card's place.
    pub android: PhoneRule,
    /// Whether an iPhone is.
    pub iphone: PhoneRule,
}

/// Whether a phone is taken in the card's place (P-MEDIUM).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum PhoneRule {
    /// As the dated row of the use says ([`phone_by_policy`]).
    #[default]
    Policy,
    /// The institution takes it.
    Taken,
    /// The institution does not.
    NotTaken,
}

/// Whether, and when, the form of the prescription (電子 or 紙) is asked.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum PrescriptionForm {
    /// たずねない.
    #[default]
    NotAsked,
    /// 受付のとき, by the reception page.
    AtReception,
    /// 診察のとき, by the staff.
    AtConsultation,
}

/// What terms there are (利用規約). Their texts are dated data of the server.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum TermsId {
    /// オンライン資格確認等システム利用規約 (N042).
    OnlineCheck,
    /// 医療費助成 (N048).
    Subsidies,
}

impl TermsId {
    /// All of them.
    pub const ALL: [Self; 2] = [Self::OnlineCheck, Self::Subsidies];

    /// The word that is stored.
    #[must_use]
    pub const fn word(self) -> &'static str {
        match self {
            Self::OnlineCheck => "online_check",
            Self::Subsidies => "subsidies",
        }
    }

    /// Reads [`Self::word`].
    #[must_use]
    pub fn from_word(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|id| id.word() == word)
    }
}

/// Why settings are not taken. Nothing of them is stored then.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, thiserror::Error)]
#[serde(rename_all = "snake_case")]
pub enum SettingsFault {
    /// Somebody else changed them since they were read.
    #[error("they were changed meanwhile")]
    ChangedMeanwhile,
    /// They are as they were.
    #[error("nothing was changed")]
    Unchanged,
    /// A switch that is on needs these terms, and the version in force was not confirmed.
    #[error("the terms in force were not confirmed")]
    Terms(TermsId),
    /// Nothing would be asked, or something that the use does not allow.
    #[error("at least one item is to be asked, and only items of this use")]
    Items(Use),
    /// The contact is longer than [`CONTACT_MAX_CHARS`].
    #[error("the contact is longer than 120 characters")]
    ContactTooLong,
    /// The contact holds an individual number (X53).
    #[error("the contact holds an individual number")]
    MyNumber,
}

impl Settings {
    /// What an institution begins with: home visits, all that they may ask, 医療扶助 beside the insurance, the eligibility shown.
    #[must_use]
    pub fn at_start(contact: &str) -> Self {
        let of =
            |is_on| UseSettings { is_on, items: ConsentGroup::ALL.to_vec(), android: PhoneRule::default(), iphone: PhoneRule::default() };
        Self {
            home_visit: of(true),
            online: of(false),
            off_route: of(false),
            medical_aid: true,
            subsidies: false,
            e_prescription: false,
            prescription_form: PrescriptionForm::default(),
            visual_check: true,
            shows_eligibility: true,
            hand_over: HandOverSettings::default(),
            contact: contact.to_owned(),
        }
    }

    /// What belongs to a use.
    #[must_use]
    pub fn of(&self, of: Use) -> &UseSettings {
        match of {
            Use::HomeVisit => &self.home_visit,
            Use::Online => &self.online,
            Use::OffRoute => &self.off_route,
        }
    }

    /// The same, to be changed.
    pub fn of_mut(&mut self, of: Use) -> &mut UseSettings {
        match of {
            Use::HomeVisit => &mut self.home_visit,
            Use::Online => &mut self.online,
            Use::OffRoute => &mut self.off_route,
        }
    }

    /// True when receptions of this kind are switched on.
    #[must_use]
    pub fn is_on(&self, kind: VisitKind) -> bool {
        self.of(kind.usage()).is_on
    }

    /// What a reception of this kind asks on a day: what is set, as far as the policy of that day still offers it.
    #[must_use]
    pub fn asked(&self, kind: VisitKind, on: CivilDate) -> Vec<ConsentGroup> {
        let of = kind.usage();
        let offered = items_offered(of, on);
        self.of(of).items.iter().copied().filter(|item| offered.contains(item)).collect()
    }

    /// True when a reception of this use takes what is shown to it on a day (P-MEDIUM); the card always.
    #[must_use]
    pub fn takes(&self, of: Use, medium: Medium, on: CivilDate) -> bool {
        let rule = match medium {
            Medium::Card => return true,
            Medium::Paper | Medium::Nothing => return false,
            Medium::Android => self.of(of).android,
            Medium::Iphone => self.of(of).iphone,
        };
        match rule {
            PhoneRule::Policy => phone_by_policy(of, on),
            PhoneRule::Taken => true,
            PhoneRule::NotTaken => false,
        }
    }

    /// The terms that what is switched on needs (N042, N048).
    #[must_use]
    pub fn terms(&self) -> Vec<TermsId> {
        let of = |is_on: bool, id| is_on.then_some(id);
        [of(self.off_route.is_on, TermsId::OnlineCheck), of(self.subsidies, TermsId::Subsidies)].into_iter().flatten().collect()
    }

    /// The settings as they are kept: items in the order of the screen and each once, the contact on one line.
    ///
    /// # Errors
    /// [`SettingsFault`], for what these settings alone show.
    pub fn checked(mut self, on: CivilDate) -> Result<Self, SettingsFault> {
        for of in Use::ALL {
            let asked = self.of_mut(of);
            let offered = items_offered(of, on);
            if asked.items.is_empty() || asked.items.iter().any(|item| !offered.contains(item)) {
                return Err(SettingsFault::Items(of));
            }
            let items = ConsentGroup::ALL.into_iter().filter(|item| asked.items.contains(item)).collect();
            asked.items = items;
        }
        self.contact = contact_of(&self.contact)?;
        Ok(self)
    }

    /// What `mine` changed since `base`, put on top of these: for a change that another one came before. Where both changed the
    /// same, `mine` stands, and the person looks at it again before it is sent.
    #[must_use]
    pub fn with_changes_of(&self, mine: &Self, base: &Self) -> Self {
        fn newer<T: Clone + PartialEq>(theirs: &T, mine: &T, base: &T) -> T {
            if mine == base { theirs.clone() } else { mine.clone() }
        }
        let in_use = |of: Use| {
            let (theirs, mine, base) = (self.of(of), mine.of(of), base.of(of));
            UseSettings {
                is_on: newer(&theirs.is_on, &mine.is_on, &base.is_on),
                items: newer(&theirs.items, &mine.items, &base.items),
                android: newer(&theirs.android, &mine.android, &base.android),
                iphone: newer(&theirs.iphone, &mine.iphone, &base.iphone),
            }
        };
        Self {
            home_visit: in_use(Use::HomeVisit),
            online: in_use(Use::Online),
            off_route: in_use(Use::OffRoute),
            medical_aid: newer(&self.medical_aid, &mine.medical_aid, &base.medical_aid),
            subsidies: newer(&self.subsidies, &mine.subsidies, &base.subsidies),
            e_prescription: newer(&self.e_prescription, &mine.e_prescription, &base.e_prescription),
            prescription_form: newer(&self.prescription_form, &mine.prescription_form, &base.prescription_form),
            visual_check: newer(&self.visual_check, &mine.visual_check, &base.visual_check),
            shows_eligibility: newer(&self.shows_eligibility, &mine.shows_eligibility, &base.shows_eligibility),
            hand_over: HandOverSettings {
                is_on: newer(&self.hand_over.is_on, &mine.hand_over.is_on, &base.hand_over.is_on),
                way: newer(&self.hand_over.way, &mine.hand_over.way, &base.hand_over.way),
                encoding: newer(&self.hand_over.encoding, &mine.hand_over.encoding, &base.hand_over.encoding),
            },
            contact: newer(&self.contact, &mine.contact, &base.contact),
        }
    }
}

/// A contact as it is kept: one line, no hidden characters.
///
/// # Errors
/// [`SettingsFault::ContactTooLong`], [`SettingsFault::MyNumber`].
pub fn contact_of(typed: &str) -> Result<String, SettingsFault> {
    let seen: String = typed.chars().filter(|c| !typed::is_hidden(*c)).map(|c| if c.is_whitespace() { ' ' } else { c }).collect();
    let seen = seen.trim();
    if number::holds_individual_number(seen) {
        return Err(SettingsFault::MyNumber);
    }
    if seen.chars().count() > CONTACT_MAX_CHARS { Err(SettingsFault::ContactTooLong) } else { Ok(seen.to_owned()) }
}

#[cfg(test)]
mod tests;
