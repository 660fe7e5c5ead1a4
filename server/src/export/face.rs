//! One finished check as a file of the `face` folder (`OQSsiquc01res_face_…`), and such a file as a check again.
//! Read [`Check::of`] for what leaves the server, [`Taken::of`] for what is understood of files that come in.

mod aid;

use shared::domain::calendar::{CivilDate, UnixMs};
use shared::domain::consent::{Choice, ConsentItem, ItemState};
use shared::domain::coverage::{
    Coverage, ElderlyCertificate, Eligibility, LimitCertificate, Percent, Provided, Relation, SpecificDisease, Validity,
};
use shared::domain::institution::{InstitutionCode, VisitKind};
use shared::domain::number;
use shared::domain::person::{Person, Sex};

use aid::{aid_of, aid_record, is_aid, state_in_file};

use super::layout::{CD001, CD003, CD004, CD006, CD007, CD008, CD009, CD010, CD012, CD013, CD016, classification};
use super::message::{Message, Read, Record, Unreadable, Unwritable, day, percent};
use crate::charset::Encoding;
use crate::store::ConsentRecord;

/// How a kind of information stands in a file (OQSCD016). A kind that was not asked has none of these: it is absent (T15).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Flag {
    /// 0 同意なし.
    Refused,
    /// 1 同意あり.
    Agreed,
    /// 2 同意有効期限切れ: ended by its time, by a person, or by a later consent.
    Expired,
    /// 3 同意取得困難: an emergency. Never ours.
    Unobtainable,
}

impl Flag {
    /// Every value.
    pub const ALL: [Self; 4] = [Self::Refused, Self::Agreed, Self::Expired, Self::Unobtainable];

    fn code(self) -> &'static str {
        match self {
            Self::Refused => "0",
            Self::Agreed => "1",
            Self::Expired => "2",
            Self::Unobtainable => "3",
        }
    }
}

/// The answer about one kind of information, as a file holds it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ItemConsent {
    /// The kind.
    pub item: ConsentItem,
    /// The answer. 限度額 knows only the first two (OQSCD001).
    pub flag: Flag,
    /// When it was given, to the second; a refusal has none.
    pub at: Option<UnixMs>,
    /// The last minute in which it counts; 限度額 and 特定疾病 have none.
    pub until: Option<UnixMs>,
}

/// A finished check, as far as a file holds it: to the second, and with 「なし」 of 限度額 and 特定疾病 as "not provided", since a file
/// leaves out both.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Check {
    /// 医療機関コード.
    pub institution: InstitutionCode,
    /// 任意のファイル識別子: opaque, at most 50 characters.
    pub identifier: Option<String>,
    /// 照会番号.
    pub reference_number: Option<String>,
    /// Verdict, person and coverages.
    pub eligibility: Eligibility,
    /// The kinds that were asked, in the order of [`ConsentItem::ALL`].
    pub consents: Vec<ItemConsent>,
}

impl Check {
    /// The check behind a stored consent as it may leave at `now`: what a consent that ended had opened is left out, and so is every
    /// field that the source did not give. 対象外 (below 40) counts as not asked, and what was not asked has no element. Without a
    /// result (該当資格なし) a file has no place for consents.
    #[must_use]
    pub fn of(record: &ConsentRecord, institution: &InstitutionCode, now: UnixMs) -> Self {
        let items = record.items_at(now);
        let consents = items.iter().filter_map(|(item, state)| {
            let flag = match state {
                ItemState::Agreed => Flag::Agreed,
                ItemState::Refused => Flag::Refused,
                // OQSCD001 has no word for a consent that ended.
                ItemState::Expired | ItemState::Replaced | ItemState::Withdrawn if *item == ConsentItem::LimitCertificate => return None,
                ItemState::Expired | ItemState::Replaced | ItemState::Withdrawn => Flag::Expired,
                ItemState::NotApplicable | ItemState::NotAsked => return None,
            };
            let is_answered_yes = flag != Flag::Refused;
            let until = elements(*item).until.filter(|_| is_answered_yes).map(|_| seconds(record.expires_at));
            Some(ItemConsent { item: *item, flag, at: is_answered_yes.then(|| seconds(record.consented_at)), until })
        });
        let is_open = |item: ConsentItem| items.contains(&(item, ItemState::Agreed));
        let has_result = record.eligibility.has_result();
        let mut eligibility = record.eligibility.clone();
        eligibility.checked_at = seconds(eligibility.checked_at);
        for coverage in &mut eligibility.coverages {
            if !is_open(ConsentItem::LimitCertificate) || coverage.limit == Provided::None {
                coverage.limit = Provided::NotProvided;
            }
            if !is_open(ConsentItem::SpecificDisease) || coverage.specific_diseases == Provided::None {
                coverage.specific_diseases = Provided::NotProvided;
            }
            if coverage.copay_ratio == Provided::None {
                coverage.copay_ratio = Provided::NotProvided;
            }
        }
        // What a file has no place for: 医療費助成, whose files are another family's.
        eligibility.subsidies.clear();
        eligibility.subsidy_answer = Choice::NotAsked;
        if let Some(aid) = &mut eligibility.medical_aid {
            aid.state = state_in_file(eligibility.validity, &aid.tickets, institution);
        }
        Self {
            institution: institution.clone(),
            identifier: Some(record.id.as_str().to_owned()),
            reference_number: record.reference_number.clone().filter(|_| has_result),
            eligibility,
            consents: consents.filter(|_| has_result).collect(),
        }
    }

    /// The file.
    ///
    /// # Errors
    /// [`Unwritable`] lists every character that `encoding` cannot hold; nothing is replaced.
    pub fn write(&self, encoding: Encoding) -> Result<Vec<u8>, Unwritable> {
        self.message().write(encoding)
    }

    /// The message of the file.
    #[must_use]
    pub fn message(&self) -> Message {
        let Eligibility { validity, checked_at, person, coverages, medical_aid, .. } = &self.eligibility;
        let mut message = Message::default();
        let header = &mut message.header;
        header.set("ProcessExecutionTime", Some(checked_at.jst_packed()));
        header.set("QualificationConfirmationDate", Some(checked_at.jst_date().packed()));
        header.set("MedicalInstitutionCode", Some(self.institution.as_str()));
        header.set("ArbitraryFileIdentifier", self.identifier.clone());
        header.set("ReferenceClassification", Some("1"));
        header.set("SegmentOfResult", Some("1"));
        let body = &mut message.body;
        body.set("ProcessingResultStatus", Some("1"));
        body.set("QualificationValidity", Some(CD006.code(validity.label())));
        let results = coverages.iter().map(coverage_record).chain(medical_aid.iter().map(aid_record));
        body.set_many("ResultList", results.map(|result| self.result(result, person.as_ref())).collect());
        message
    }

    fn result(&self, mut result: Record, person: Option<&Person>) -> Record {
        if let Some(Person { name, name_kana, name_of_other, birth_date, sex }) = person {
            result.set("Name", Some(name));
            result.set("NameKana", Some(name_kana));
            result.set("NameOfOther", name_of_other.clone());
            result.set("Birthdate", Some(birth_date.packed()));
            result.set("Sex1", Some(CD007.code(sex.label())));
        }
        for ItemConsent { item, flag, at, until } in &self.consents {
            let names = elements(*item);
            result.set(names.flag, Some(flag.code()));
            result.set(names.at, at.map(UnixMs::jst_packed));
            if let Some(name) = names.until {
                result.set(name, until.map(UnixMs::jst_packed));
            }
        }
        result.set("ReferenceNumber", self.reference_number.clone());
        result
    }
}

/// The names of a kind's elements.
struct Elements {
    flag: &'static str,
    at: &'static str,
    until: Option<&'static str>,
}

fn elements(item: ConsentItem) -> Elements {
    let (flag, at, until) = match item {
        ConsentItem::Surgery => ("OperationInfoConsFlg", "OperationInfoConsTime", Some("OperationInfoAvailableTime")),
        ConsentItem::Treatment => ("DiagnosisInfoConsFlg", "DiagnosisInfoConsTime", Some("DiagnosisInfoAvailableTime")),
        ConsentItem::Drug => ("PharmacistsInfoConsFlg", "PharmacistsInfoConsTime", Some("PharmacistsInfoAvailableTime")),
        ConsentItem::Checkup => {
            ("SpecificHealthCheckupsInfoConsFlg", "SpecificHealthCheckupsInfoConsTime", Some("SpecificHealthCheckupsInfoAvailableTime"))
        }
        ConsentItem::LimitCertificate => ("LimitApplicationCertificateRelatedConsFlg", "LimitApplicationCertificateRelatedConsTime", None),
        ConsentItem::SpecificDisease => ("SpecificDiseasesCertificateRelatedConsFlg", "SpecificDiseasesCertificateRelatedConsTime", None),
    };
    Elements { flag, at, until }
}

fn seconds(at: UnixMs) -> UnixMs {
    UnixMs(at.0 - at.0.rem_euclid(1000))
}

fn packed(day: Option<CivilDate>) -> Option<String> {
    day.map(CivilDate::packed)
}

fn coverage_record(coverage: &Coverage) -> Record {
    let mut result = Record::default();
    result.set("InsuredCardClassification", Some(CD010.code(&coverage.card_classification)));
    result.set("InsurerNumber", Some(&coverage.insurer_number));
    result.set("InsuredCardSymbol", coverage.symbol.clone());
    result.set("InsuredIdentificationNumber", Some(&coverage.member_number));
    result.set("InsuredBranchNumber", coverage.branch_number.clone());
    result.set("PersonalFamilyClassification", coverage.relation.map(|relation| CD009.code(relation.label())));
    result.set("InsuredName", coverage.insured_name.clone());
    result.set("Sex2", coverage.sex_on_back.map(|sex| CD007.code(sex.label())));
    result.set("Address", coverage.address.clone());
    result.set("PostNumber", coverage.post_number.clone());
    result.set("QualificationDate", packed(coverage.qualified_on));
    result.set("DisqualificationDate", packed(coverage.disqualified_on));
    result.set("InsuredCardValidDate", packed(coverage.valid_from));
    result.set("InsuredCardExpirationDate", packed(coverage.valid_until));
    if let Provided::Value(ratio) = coverage.copay_ratio {
        result.set("InsuredPartialContributionRatio", Some(format!("{:03}", ratio.0)));
    }
    result.set("PreschoolClassification", coverage.is_preschool.then_some("1"));
    result.set("ReasonOfLoss", coverage.loss_reason.as_deref().map(|reason| CD008.code(reason)));
    result.set("InsurerName", Some(&coverage.insurer_name));
    if let Some(ElderlyCertificate { valid_from, valid_until, ratio }) = &coverage.elderly {
        let mut elderly = Record::default();
        elderly.set("ElderlyRecipientValidStartDate", Some(valid_from.packed()));
        elderly.set("ElderlyRecipientValidEndDate", packed(*valid_until));
        elderly.set("ElderlyRecipientContributionRatio", Some(format!("{:03}", ratio.0)));
        result.set_one("ElderlyRecipientCertificateInfo", elderly);
    }
    if let Provided::Value(LimitCertificate { level, valid_from, valid_until }) = &coverage.limit {
        let mut limit = Record::default();
        limit.set("LimitApplicationCertificateClassificationFlag", Some(CD012.code(level)));
        limit.set("LimitApplicationCertificateValidStartDate", Some(valid_from.packed()));
        limit.set("LimitApplicationCertificateValidEndDate", packed(*valid_until));
        result.set_one("LimitApplicationCertificateRelatedInfo", limit);
    }
    if let Provided::Value(diseases) = &coverage.specific_diseases {
        let records = diseases.iter().map(|SpecificDisease { category, valid_from, valid_until, self_pay_yen }| {
            let mut disease = Record::default();
            disease.set("SpecificDiseasesDiseaseCategory", Some(CD013.code(category)));
            disease.set("SpecificDiseasesValidStartDate", Some(valid_from.packed()));
            disease.set("SpecificDiseasesValidEndDate", packed(*valid_until));
            disease.set("SpecificDiseasesSelfPay", self_pay_yen.map(|yen| yen.to_string()));
            disease
        });
        result.set_many("SpecificDiseasesCertificateList", records.collect());
    }
    result
}

/// What was understood of a file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Taken {
    /// The check.
    pub check: Check,
    /// What the source adds to a success, for example that the card ends soon (T24): code and text.
    pub notice: Option<(String, String)>,
    /// Elements that a person should look at: a value that is odd, unknown, doubtful or contradicts another.
    pub doubts: Vec<&'static str>,
    /// True for the one kind of answer that may be filed by itself: valid, and exactly one result.
    pub is_confirmed: bool,
}

/// Why a readable file is no finished check. It is kept and shown, never filed by itself.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum NotACheck {
    /// The other side says that it failed or is not done (F16, T09).
    #[error("資格確認が正常に終わっていません({code} {message})。もう一度確認してください。")]
    Failed {
        /// ErrorCode or ProcessingResultCode; may be empty.
        code: String,
        /// Its text; may be empty.
        message: String,
    },
    /// An element that a check cannot do without is missing or of no known form.
    #[error("{0}が読み取れません。ファイルを開いて確かめてください。")]
    Element(&'static str),
    /// An element of a result that may stand once stands twice: its name, and the line where it stands again (T22).
    #[error("{1}行目: {0}が2回あります。ファイルを開いて確かめてください。")]
    Twice(&'static str, usize),
    /// The results are about different people.
    #[error("1つのファイルに別の人の結果があります。取り込まずに、ファイルを開いて確かめてください。")]
    Persons,
}

impl Taken {
    /// Understands a message. Codes that no table knows stay as text; what a check has no place for stays in the message.
    ///
    /// # Errors
    /// [`NotACheck`].
    pub fn of(read: &Read) -> Result<Self, NotACheck> {
        let Read { message: Message { header, body }, odd, refused, has_reference_conflict, .. } = read;
        let said = |code: &str, text: &str| {
            let value = |name| header.text(name).or_else(|| body.text(name)).unwrap_or_default().to_owned();
            (value(code), value(text))
        };
        let is_done = header.text("SegmentOfResult").map(|code| CD003.meaning(code)) == Some("正常終了");
        let is_good = body.text("ProcessingResultStatus").map(|code| CD004.meaning(code)) == Some("正常終了");
        if !is_done || !is_good {
            let names = if is_done { ["ProcessingResultCode", "ProcessingResultMessage"] } else { ["ErrorCode", "ErrorMessage"] };
            let (code, message) = said(names[0], names[1]);
            return Err(NotACheck::Failed { code, message });
        }
        if let Some((name, line)) = refused.first() {
            return Err(NotACheck::Twice(name, *line));
        }
        let mut doubts = odd.clone();
        if *has_reference_conflict {
            doubts.push("ReferenceNumber");
        }
        let checked_at = checked_at(header, &mut doubts)?;
        let institution = header.text("MedicalInstitutionCode").and_then(|code| InstitutionCode::try_from(code).ok());
        let institution = institution.ok_or(NotACheck::Element("MedicalInstitutionCode"))?;
        if institution.doubt().is_some() {
            doubts.push("MedicalInstitutionCode");
        }
        let meaning = body.text("QualificationValidity").map(|code| CD006.meaning(code));
        let validity = Validity::ALL.into_iter().find(|validity| Some(validity.label()) == meaning);
        let validity = validity.ok_or(NotACheck::Element("QualificationValidity"))?;
        let results = read.message.results();
        let mut person = None;
        for result in results {
            let one = person_of(result, &mut doubts)?;
            if *person.get_or_insert_with(|| one.clone()) != one {
                return Err(NotACheck::Persons);
            }
        }
        // Two of 医療扶助 are two that a person must look at: neither is taken as the one.
        let aids = results.iter().filter(|result| is_aid(result)).count();
        if aids > 1 {
            doubts.push("InsuredCardClassification");
        }
        let (mut coverages, mut medical_aid) = (Vec::new(), None);
        for result in results {
            if aids == 1 && is_aid(result) {
                medical_aid = Some(aid_of(result, validity, &institution, &mut doubts));
            } else {
                coverages.push(coverage_of(result, checked_at, &mut doubts));
            }
        }
        let all_consents: Vec<Vec<ItemConsent>> = results.iter().map(|result| consents_of(result, &mut doubts)).collect();
        let consents = all_consents.first().cloned().unwrap_or_default();
        if all_consents.iter().any(|other| *other != consents) {
            doubts.push(elements(ConsentItem::Drug).flag);
        }
        doubts.sort_unstable();
        doubts.dedup();
        let is_confirmed = validity == Validity::Valid && results.len() == 1;
        let notice =
            Some(said("ProcessingResultCode", "ProcessingResultMessage")).filter(|(code, text)| !code.is_empty() || !text.is_empty());
        let check = Check {
            institution,
            identifier: header.text("ArbitraryFileIdentifier").map(str::to_owned),
            reference_number: results.iter().find_map(|result| result.text("ReferenceNumber")).map(str::to_owned),
            eligibility: Eligibility { medical_aid, ..Eligibility::of_insurance(validity, checked_at, person, coverages) },
            consents,
        };
        Ok(Self { check, notice, doubts, is_confirmed })
    }
}

/// Reads a file into a check.
///
/// # Errors
/// [`Unreadable`] for what is no such file, [`NotACheck`] for one that holds no finished check.
pub fn read(bytes: &[u8]) -> Result<Result<Taken, NotACheck>, Unreadable> {
    Ok(Taken::of(&Message::read(bytes)?))
}

/// 確認日 with its time. Files without a time of their own count from the beginning of their day, files without a day from their time (T25).
fn checked_at(header: &Record, doubts: &mut Vec<&'static str>) -> Result<UnixMs, NotACheck> {
    let at = header.text("ProcessExecutionTime").and_then(|text| UnixMs::from_jst_packed(text).ok());
    let on = header.text("QualificationConfirmationDate").and_then(day);
    match (at, on) {
        (Some(at), Some(on)) if at.jst_date() != on => {
            doubts.push("QualificationConfirmationDate");
            Ok(on.at_jst(0, 0))
        }
        (Some(at), _) => Ok(at),
        (None, Some(on)) => Ok(on.at_jst(0, 0)),
        (None, None) => Err(NotACheck::Element("QualificationConfirmationDate")),
    }
}

fn person_of(result: &Record, doubts: &mut Vec<&'static str>) -> Result<Person, NotACheck> {
    let birth_date = result.text("Birthdate").and_then(day).ok_or(NotACheck::Element("Birthdate"))?;
    let sex = sex_of(result, "Sex1", doubts).unwrap_or(Sex::Unset);
    let text = |name| result.text(name).unwrap_or_default().to_owned();
    let name_of_other = result.text("NameOfOther").map(str::to_owned);
    Ok(Person { name: text("Name"), name_kana: text("NameKana"), name_of_other, birth_date, sex })
}

fn sex_of(result: &Record, name: &'static str, doubts: &mut Vec<&'static str>) -> Option<Sex> {
    let meaning = CD007.meaning(result.text(name)?);
    let sex = [Sex::Male, Sex::Female, Sex::Unset].into_iter().find(|sex| sex.label() == meaning);
    if sex.is_none() {
        doubts.push(name);
    }
    sex
}

fn day_of(record: &Record, name: &str) -> Option<CivilDate> {
    record.text(name).and_then(day)
}

fn coverage_of(result: &Record, checked_at: UnixMs, doubts: &mut Vec<&'static str>) -> Coverage {
    let text = |name| result.text(name).map(str::to_owned);
    let is_before = checked_at.jst_date().packed().as_str() < "20241202";
    let insurer_number = text("InsurerNumber").unwrap_or_default();
    if number::insurer_doubt(&insurer_number).is_some() {
        doubts.push("InsurerNumber");
    }
    let branch_number = text("InsuredBranchNumber");
    if branch_number.as_deref().is_some_and(|branch| number::branch_doubt(branch).is_some()) {
        doubts.push("InsuredBranchNumber");
    }
    let relation = result.text("PersonalFamilyClassification").map(|code| CD009.meaning(code)).and_then(|meaning| {
        let relation = [Relation::Insured, Relation::Family].into_iter().find(|relation| relation.label() == meaning);
        if relation.is_none() {
            doubts.push("PersonalFamilyClassification");
        }
        relation
    });
    let elderly = result.one("ElderlyRecipientCertificateInfo").and_then(|group| {
        let ratio = group.text("ElderlyRecipientContributionRatio").and_then(percent);
        let certificate = day_of(group, "ElderlyRecipientValidStartDate").zip(ratio).map(|(valid_from, ratio)| ElderlyCertificate {
            valid_from,
            valid_until: day_of(group, "ElderlyRecipientValidEndDate"),
            ratio: Percent(ratio),
        });
        if certificate.is_none() {
            doubts.push("ElderlyRecipientCertificateInfo");
        }
        certificate
    });
    let sex_on_back = sex_of(result, "Sex2", doubts);
    Coverage {
        insurer_number,
        insurer_name: text("InsurerName").unwrap_or_default(),
        symbol: text("InsuredCardSymbol"),
        member_number: text("InsuredIdentificationNumber").unwrap_or_default(),
        branch_number,
        card_classification: result
            .text("InsuredCardClassification")
            .map(|code| classification(code, is_before))
            .unwrap_or_default()
            .to_owned(),
        relation,
        insured_name: text("InsuredName"),
        address: text("Address"),
        post_number: text("PostNumber"),
        sex_on_back,
        qualified_on: day_of(result, "QualificationDate"),
        disqualified_on: day_of(result, "DisqualificationDate"),
        loss_reason: result.text("ReasonOfLoss").map(|code| CD008.meaning(code).to_owned()),
        valid_from: day_of(result, "InsuredCardValidDate"),
        valid_until: day_of(result, "InsuredCardExpirationDate"),
        copay_ratio: match result.text("InsuredPartialContributionRatio").and_then(percent) {
            Some(ratio) => Provided::Value(Percent(ratio)),
            None => Provided::NotProvided,
        },
        is_preschool: result.text("PreschoolClassification") == Some("1"),
        elderly,
        limit: limit_of(result, doubts),
        specific_diseases: diseases_of(result, doubts),
    }
}

/// An empty group says that there is none; no group says nothing.
fn limit_of(result: &Record, doubts: &mut Vec<&'static str>) -> Provided<LimitCertificate> {
    const NAME: &str = "LimitApplicationCertificateRelatedInfo";
    let Some(group) = result.one(NAME) else { return Provided::NotProvided };
    if *group == Record::default() {
        return Provided::None;
    }
    let level = group.text("LimitApplicationCertificateClassificationFlag").map(|code| CD012.meaning(code).to_owned());
    match (level, day_of(group, "LimitApplicationCertificateValidStartDate")) {
        (Some(level), Some(valid_from)) => {
            Provided::Value(LimitCertificate { level, valid_from, valid_until: day_of(group, "LimitApplicationCertificateValidEndDate") })
        }
        _ => {
            doubts.push(NAME);
            Provided::NotProvided
        }
    }
}

/// An empty list says that there is none; no list says nothing (T05).
fn diseases_of(result: &Record, doubts: &mut Vec<&'static str>) -> Provided<Vec<SpecificDisease>> {
    const NAME: &str = "SpecificDiseasesCertificateList";
    let Some(records) = result.many(NAME) else { return Provided::NotProvided };
    if records.is_empty() {
        // A list of things that nobody here knows is not an empty one.
        return if doubts.contains(&NAME) { Provided::NotProvided } else { Provided::None };
    }
    let disease = |record: &Record| {
        let self_pay = record.text("SpecificDiseasesSelfPay");
        Some(SpecificDisease {
            category: CD013.meaning(record.text("SpecificDiseasesDiseaseCategory")?).to_owned(),
            valid_from: day_of(record, "SpecificDiseasesValidStartDate")?,
            valid_until: day_of(record, "SpecificDiseasesValidEndDate"),
            self_pay_yen: self_pay.map(|yen| yen.parse().ok()).map_or(Some(None), |yen| yen.map(Some))?,
        })
    };
    match records.iter().map(disease).collect() {
        Some(diseases) => Provided::Value(diseases),
        None => {
            doubts.push(NAME);
            Provided::NotProvided
        }
    }
}

fn consents_of(result: &Record, doubts: &mut Vec<&'static str>) -> Vec<ItemConsent> {
    let mut consents = Vec::new();
    for item in ConsentItem::ALL {
        let names = elements(item);
        let Some(code) = result.text(names.flag) else { continue };
        let table = if item == ConsentItem::LimitCertificate { &CD001 } else { &CD016 };
        let is_known = table.1.iter().any(|(known, _)| *known == code);
        let Some(flag) = Flag::ALL.into_iter().find(|flag| is_known && flag.code() == code) else {
            doubts.push(names.flag);
            continue;
        };
        let instant = |name: &str| result.text(name).and_then(|text| UnixMs::from_jst_packed(text).ok());
        consents.push(ItemConsent { item, flag, at: instant(names.at), until: names.until.and_then(instant) });
    }
    consents
}

/// The beginning of every name in the `face` folder.
pub const PREFIX: &str = "OQSsiquc01res_face_";

/// The name of a check's file: institution, what the visit was for (600 訪問診療等, 800 オンライン診療等 and the odd
/// route), 17 digits of its identity, the time of the check.
/// The same check always gets the same name, also on another server or after a restart, so that nothing is written twice; two
/// checks share one only when 17 digits of two hashes agree within a second, and then neither file takes the other's place.
#[must_use]
pub fn file_name(institution: &InstitutionCode, kind: VisitKind, identity: &str, checked_at: UnixMs) -> String {
    let kind = match kind {
        VisitKind::HomeVisit => "600",
        VisitKind::Online | VisitKind::OffRoute => "800",
    };
    let hash = crate::sha256(identity.as_bytes());
    let digits = hash.iter().take(8).fold(0_u64, |number, byte| number << 8 | u64::from(*byte)) % 100_000_000_000_000_000;
    format!("{PREFIX}{institution}{kind}{digits:017}_{}.xml", checked_at.jst_packed())
}

/// The time in the name of a file of the `face` folder, whoever wrote it: its last 14 digits; `None` for any other name (F06). With or
/// without an identity before the time (F24); capitals and small letters are the same.
#[must_use]
pub fn time_in_name(name: &str) -> Option<UnixMs> {
    let name = name.to_ascii_lowercase();
    let free = name.strip_prefix(&PREFIX.to_ascii_lowercase())?.strip_suffix(".xml")?;
    let time = free.get(free.len().checked_sub(14)?..)?;
    UnixMs::from_jst_packed(time).ok()
}

#[cfg(test)]
mod tests;
