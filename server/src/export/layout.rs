//! The layout of the レセコン files as data: elements in the order in which they are written, and the code tables (`recekon.md` §5, §6).
//! The official papers are not public; a table can follow them without a change of code.

/// What an element holds.
#[derive(Debug, Clone, Copy)]
pub enum Shape {
    /// Text, kept to the letter.
    Text,
    /// A number or key as text, zeros kept; white space around it is not part of it.
    Key,
    /// 保険者番号: written 8 wide with spaces in front, read without them (T07).
    Insurer,
    /// A code of a table. Other values pass as they came.
    Code(&'static Table),
    /// A day, `yyyyMMdd`.
    Day,
    /// An instant in Japan, `yyyyMMddHHmmss`.
    Time,
    /// A ratio in percent, three digits.
    Percent,
    /// A group of elements.
    One(&'static [Field]),
    /// A list: the name of its items, and what each holds.
    Many(&'static str, &'static [Field]),
}

/// A code table: its number (OQSCD…), and codes with what they mean.
#[derive(Debug)]
pub struct Table(pub &'static str, pub &'static [(&'static str, &'static str)]);

impl Table {
    /// What a code means; the code itself when the table does not know it.
    #[must_use]
    pub fn meaning<'a>(&self, code: &'a str) -> &'a str
    where
        'static: 'a,
    {
        self.1.iter().find(|(known, _)| *known == code).map_or(code, |(_, meaning)| meaning)
    }

    /// The code of a meaning; the text itself when the table does not know it.
    #[must_use]
    pub fn code<'a>(&self, meaning: &'a str) -> &'a str
    where
        'static: 'a,
    {
        self.1.iter().find(|(_, known)| *known == meaning).map_or(meaning, |(code, _)| code)
    }
}

/// One element.
#[derive(Debug, Clone, Copy)]
pub struct Field {
    /// Its name.
    pub name: &'static str,
    /// Its Japanese name, for people.
    pub label: &'static str,
    /// What it holds.
    pub shape: Shape,
    /// Written even when nothing is known: readers in the field ask for it (`recekon.md` §4.7).
    pub is_always: bool,
}

pub(crate) const fn field(name: &'static str, label: &'static str, shape: Shape) -> Field {
    Field { name, label, shape, is_always: false }
}

const fn always(name: &'static str, label: &'static str, shape: Shape) -> Field {
    Field { name, label, shape, is_always: true }
}

use Shape::{Code, Day, Insurer, Key, Many, One, Percent, Text, Time};

/// 限度額適用認定証同意フラグ.
pub const CD001: Table = Table("001", &[("0", "未同意"), ("1", "同意")]);
/// 照会区分.
pub const CD002: Table = Table("002", &[("1", "マイナンバーカード"), ("2", "被保険者証情報")]);
/// 処理結果区分. Some write 3 for a failure (T09).
pub const CD003: Table = Table("003", &[("1", "正常終了"), ("2", "処理中"), ("9", "異常終了")]);
/// 処理結果状況.
pub const CD004: Table = Table("004", &[("1", "正常終了"), ("2", "エラー")]);
/// 文字コード識別.
pub const CD005: Table = Table("005", &[("0", "UTF-8"), ("1", "Shift_JIS")]);
/// 資格有効性. 6 is 有効(未登録), for 医療扶助 alone: on screens 未委託・未登録.
pub const CD006: Table = Table(
    "006",
    &[("1", "有効"), ("2", "無効"), ("3", "無効(新しい資格あり)"), ("4", "該当資格なし"), ("5", "複数該当"), ("6", "未委託・未登録")],
);
/// 性別.
pub const CD007: Table = Table("007", &[("1", "男"), ("2", "女"), ("3", "未設定")]);
/// 資格喪失事由. 99 is その他, whatever one of the sources says (T17).
pub const CD008: Table = Table("008", &[("01", "死亡"), ("02", "生活保護受給開始"), ("03", "医療保険等の資格取得"), ("99", "その他")]);
/// 本人・家族の別.
pub const CD009: Table = Table("009", &[("1", "本人"), ("2", "家族")]);
/// 被保険者証区分. 05 changed its name with the end of the insurance cards: [`classification`].
pub const CD010: Table = Table(
    "010",
    &[
        ("01", "一般"),
        ("02", "退職"),
        ("03", "短期(一般)"),
        ("04", "短期(退職)"),
        ("05", "特別療養費支給対象者"),
        ("05", "資格証明書"),
        ("06", "特例退職"),
        ("07", "自衛官診療証"),
        ("A1", "医療扶助"),
    ],
);
/// 限度額適用認定証区分.
pub const CD011: Table = Table("011", &[("01", "限度額適用"), ("02", "限度額適用・標準負担額減額"), ("03", "標準負担額減額")]);
/// 適用区分.
pub const CD012: Table = Table(
    "012",
    &[
        ("A01", "ア"),
        ("A02", "イ"),
        ("A03", "ウ"),
        ("A04", "エ"),
        ("A05", "オ"),
        ("A06", "オ(境)"),
        ("B01", "現役並みⅢ"),
        ("B02", "現役並みⅡ"),
        ("B03", "現役並みⅠ"),
        ("B04", "一般"),
        ("B05", "低所得Ⅱ"),
        ("B06", "低所得Ⅰ"),
        ("B07", "低所得Ⅰ(老福)"),
        ("B08", "低所得Ⅰ(境)"),
        ("B09", "一般Ⅱ"),
        ("B10", "一般Ⅰ"),
    ],
);
/// 認定疾病区分.
pub const CD013: Table = Table(
    "013",
    &[
        ("1", "人工透析を必要とする慢性腎不全"),
        ("2", "先天性血液凝固因子障害(第VIII, 第IX因子)"),
        ("3", "血液凝固因子製剤の投与に起因するHIV感染症"),
    ],
);
/// 限度額情報変更有無.
pub const CD014: Table = Table("014", &[("0", "変更なし"), ("1", "変更あり または 判定不能")]);
/// 未就学区分. An older table has 2 就学中 (T18).
pub const CD015: Table = Table("015", &[("1", "未就学該当")]);
/// 同意区分.
pub const CD016: Table = Table("016", &[("0", "同意なし"), ("1", "同意あり"), ("2", "同意有効期限切れ"), ("3", "同意取得困難")]);
/// 処方箋発行形態.
pub const CD017: Table = Table("017", &[("1", "電子処方箋"), ("2", "紙の処方箋")]);

/// 診療区分.
pub const CD028: Table = Table("028", &[("1", "外来"), ("2", "訪問診療等"), ("3", "オンライン診療等"), ("4", "救急時")]);

/// Every table of a result file.
pub const TABLES: [&Table; 18] = [
    &CD001, &CD002, &CD003, &CD004, &CD005, &CD006, &CD007, &CD008, &CD009, &CD010, &CD011, &CD012, &CD013, &CD014, &CD015, &CD016, &CD017,
    &CD028,
];

/// 被保険者証区分 in words: 05 was 資格証明書 until the cards ended on 2024-12-02 (T19).
#[must_use]
pub fn classification(code: &str, is_before_2024_12_02: bool) -> &str {
    match code {
        "05" if is_before_2024_12_02 => "資格証明書",
        other => CD010.meaning(other),
    }
}

/// The header of a result (§4.7, §5.1).
pub const HEADER: &[Field] = &[
    field("ProcessExecutionTime", "処理実行日時", Time),
    field("QualificationConfirmationDate", "資格確認日", Day),
    field("MedicalInstitutionCode", "医療機関コード", Key),
    field("ArbitraryFileIdentifier", "任意のファイル識別子", Key),
    field("ReferenceClassification", "照会区分", Code(&CD002)),
    field("SegmentOfResult", "処理結果区分", Code(&CD003)),
    field("ErrorCode", "エラーコード", Key),
    field("ErrorMessage", "エラーメッセージ", Text),
    field("CharacterCodeIdentifier", "文字コード識別", Code(&CD005)),
];

/// The body of a result (§4.1, §5.2).
pub const BODY: &[Field] = &[
    field("PrescriptionIssueSelect", "処方箋発行形態", Code(&CD017)),
    field("ProcessingResultStatus", "処理結果状況", Code(&CD004)),
    field("ProcessingResultCode", "処理結果コード", Key),
    field("ProcessingResultMessage", "処理結果メッセージ", Text),
    field("QualificationValidity", "資格有効性", Code(&CD006)),
    field("ResultList", "資格確認結果リスト", Many("ResultOfQualificationConfirmation", RESULT)),
    field("QualificationConfirmSearchInfo", "資格確認照会用情報", One(SEARCH)),
];

/// What was asked for, given back.
const SEARCH: &[Field] = &[
    field("InsurerNumber", "保険者番号", Insurer),
    field("InsuredCardSymbol", "被保険者証記号", Text),
    field("InsuredIdentificationNumber", "被保険者証番号", Key),
    field("InsuredBranchNumber", "被保険者証枝番", Key),
    field("Birthdate", "生年月日", Day),
    field("LimitApplicationCertificateRelatedConsFlg", "限度額適用認定証提供同意フラグ", Code(&CD001)),
    field("ArbitraryIdentifier", "任意の識別子", Key),
];

/// The header of an answer to a bulk request (§3). The order is ours, as far as §4.7 says nothing.
pub const BULK_HEADER: &[Field] = &[
    field("ProcessExecutionTime", "処理実行日時", Time),
    field("QualificationConfirmationDate", "資格確認日", Day),
    field("MedicalInstitutionCode", "医療機関コード", Key),
    field("ArbitraryFileIdentifier", "任意のファイル識別子", Key),
    field("ReceptionNumber", "受付番号", Key),
    field("SegmentOfResult", "処理結果区分", Code(&CD003)),
    field("ErrorCode", "エラーコード", Key),
    field("ErrorMessage", "エラーメッセージ", Text),
    field("CharacterCodeIdentifier", "文字コード識別", Code(&CD005)),
    field("NumberOfProcessingResult", "処理件数", Key),
    field("NumberOfNormalProcessing", "正常件数", Key),
    field("NumberOfError", "エラー件数", Key),
];

/// The body of an answer to a bulk request, without its units.
pub const BULK_BODY: &[Field] = &[
    field("ReceptionNumber", "受付番号", Key),
    field("ReceptionDateTime", "受付日時", Time),
    field("ProcessingResultStatus", "処理結果状況", Code(&CD004)),
    field("ProcessingResultCode", "処理結果コード", Key),
    field("ProcessingResultMessage", "処理結果メッセージ", Text),
];

/// One unit of a bulk answer, `BulkConfirmUnit` (§3): the body of a single result, its results without a list around them.
pub const UNIT: &[Field] = &[
    field("QualificationConfirmSearchInfo", "資格確認照会用情報", One(BULK_SEARCH)),
    field("PrescriptionIssueSelect", "処方箋発行形態", Code(&CD017)),
    field("ProcessingResultStatus", "処理結果状況", Code(&CD004)),
    field("ProcessingResultCode", "処理結果コード", Key),
    field("ProcessingResultMessage", "処理結果メッセージ", Text),
    field("QualificationValidity", "資格有効性", Code(&CD006)),
    field("ResultOfQualificationConfirmation", "資格確認結果", Many("ResultOfQualificationConfirmation", RESULT)),
];

/// What a bulk request asked for, given back: a person, or a range of days (§4.2).
pub(crate) const BULK_SEARCH: &[Field] = &[
    field("InsurerNumber", "保険者番号", Insurer),
    field("InsuredCardSymbol", "被保険者証記号", Text),
    field("InsuredIdentificationNumber", "被保険者証番号", Key),
    field("InsuredBranchNumber", "被保険者証枝番", Key),
    field("Birthdate", "生年月日", Day),
    field("LimitApplicationCertificateRelatedConsFlg", "限度額適用認定証提供同意フラグ", Code(&CD001)),
    field("ArbitraryIdentifier", "任意の識別子", Key),
    field("ConsentDateFrom", "同意日(から)", Day),
    field("ConsentDateTo", "同意日(まで)", Day),
    field("ExaminationDateFrom", "受診日(から)", Day),
    field("ExaminationDateTo", "受診日(まで)", Day),
    field("MedicalTreatmentMonth", "診療年月", Key),
    field("MedicalTreatmentFlag", "診療区分", Code(&CD028)),
];

/// One result (§5.3).
pub const RESULT: &[Field] = &[
    always("InsuredCardClassification", "被保険者証区分", Code(&CD010)),
    field("InsurerNumber", "保険者番号", Insurer),
    field("InsuredCardSymbol", "被保険者証記号", Text),
    field("InsuredIdentificationNumber", "被保険者証番号", Key),
    field("InsuredBranchNumber", "被保険者証枝番", Key),
    field("PersonalFamilyClassification", "本人・家族の別", Code(&CD009)),
    field("InsuredName", "被保険者氏名(世帯主氏名)", Text),
    always("Name", "氏名", Text),
    field("NameOfOther", "氏名(その他)", Text),
    field("NameKana", "氏名カナ", Text),
    field("NameOfOtherKana", "氏名カナ(その他)", Text),
    always("Sex1", "性別1", Code(&CD007)),
    field("Sex2", "性別2", Code(&CD007)),
    always("Birthdate", "生年月日", Day),
    field("Address", "住所", Text),
    field("PostNumber", "郵便番号", Key),
    always("QualificationDate", "資格取得年月日", Day),
    field("DisqualificationDate", "資格喪失年月日", Day),
    field("InsuredCertificateIssuanceDate", "被保険者証交付年月日", Day),
    field("InsuredCardValidDate", "被保険者証有効開始年月日", Day),
    field("InsuredCardExpirationDate", "被保険者証有効終了年月日", Day),
    field("InsuredPartialContributionRatio", "被保険者証一部負担金割合", Percent),
    field("PreschoolClassification", "未就学区分", Code(&CD015)),
    field("ReasonOfLoss", "資格喪失事由", Code(&CD008)),
    always("InsurerName", "保険者名称", Text),
    field("ElderlyRecipientCertificateInfo", "高齢受給者証情報", One(ELDERLY)),
    field("LimitApplicationCertificateRelatedConsFlg", "限度額適用認定証提供同意フラグ", Code(&CD001)),
    field("LimitApplicationCertificateRelatedConsTime", "限度額適用認定証提供同意日時", Time),
    field("LimitApplicationCertificateRelatedInfo", "限度額適用認定証関連情報", One(LIMIT)),
    field("LimitApplicationCertificateChanged", "限度額情報変更有無", Code(&CD014)),
    field("SpecificDiseasesCertificateRelatedConsFlg", "特定疾病療養受療証提供同意フラグ", Code(&CD016)),
    field("SpecificDiseasesCertificateRelatedConsTime", "特定疾病療養受療証提供同意日時", Time),
    field("SpecificDiseasesCertificateList", "特定疾病療養受療証情報リスト", Many("SpecificDiseasesCertificateInfo", SPECIFIC)),
    field("PublicExpenseResultList", "公費資格確認結果リスト", Many("MedicalTicketInfo", TICKET)),
    field("SpecificHealthCheckupsInfoConsFlg", "特定健診情報閲覧同意フラグ", Code(&CD016)),
    field("SpecificHealthCheckupsInfoConsTime", "特定健診情報閲覧同意日時", Time),
    field("SpecificHealthCheckupsInfoAvailableTime", "特定健診情報閲覧有効期限", Time),
    field("PharmacistsInfoConsFlg", "薬剤情報閲覧同意フラグ", Code(&CD016)),
    field("PharmacistsInfoConsTime", "薬剤情報閲覧同意日時", Time),
    field("PharmacistsInfoAvailableTime", "薬剤情報閲覧有効期限", Time),
    field("DiagnosisInfoConsFlg", "診療情報閲覧同意フラグ", Code(&CD016)),
    field("DiagnosisInfoConsTime", "診療情報閲覧同意日時", Time),
    field("DiagnosisInfoAvailableTime", "診療情報閲覧有効期限", Time),
    field("OperationInfoConsFlg", "手術情報閲覧同意フラグ", Code(&CD016)),
    field("OperationInfoConsTime", "手術情報閲覧同意日時", Time),
    field("OperationInfoAvailableTime", "手術情報閲覧有効期限", Time),
    field("DiagnosisNameConsFlg", "傷病名閲覧同意フラグ", Code(&CD016)),
    field("DiagnosisNameConsTime", "傷病名閲覧同意日時", Time),
    field("DiagnosisNameAvailableTime", "傷病名閲覧有効期限", Time),
    field("InfectiousInfoConsFlg", "感染症閲覧同意フラグ", Code(&CD016)),
    field("InfectiousInfoConsTime", "感染症閲覧同意日時", Time),
    field("InfectiousInfoAvailableTime", "感染症閲覧有効期限", Time),
    field("AllergyInfoConsFlg", "その他アレルギー等閲覧同意フラグ", Code(&CD016)),
    field("AllergyInfoConsTime", "その他アレルギー等閲覧同意日時", Time),
    field("AllergyInfoAvailableTime", "その他アレルギー等閲覧有効期限", Time),
    field("ContraindicationInfoConsFlg", "薬剤アレルギー等閲覧同意フラグ", Code(&CD016)),
    field("ContraindicationInfoConsTime", "薬剤アレルギー等閲覧同意日時", Time),
    field("ContraindicationInfoAvailableTime", "薬剤アレルギー等閲覧有効期限", Time),
    field("TestInfoConsFlg", "検査閲覧同意フラグ", Code(&CD016)),
    field("TestInfoConsTime", "検査閲覧同意日時", Time),
    field("TestInfoAvailableTime", "検査閲覧有効期限", Time),
    field("PrescriptionInfoConsFlg", "処方閲覧同意フラグ", Code(&CD016)),
    field("PrescriptionInfoConsTime", "処方閲覧同意日時", Time),
    field("PrescriptionInfoAvailableTime", "処方閲覧有効期限", Time),
    field("ReferenceNumber", "照会番号", Key),
];

const ELDERLY: &[Field] = &[
    field("ElderlyRecipientCertificateDate", "高齢受給者証交付年月日", Day),
    field("ElderlyRecipientValidStartDate", "高齢受給者証有効開始年月日", Day),
    field("ElderlyRecipientValidEndDate", "高齢受給者証有効終了年月日", Day),
    field("ElderlyRecipientContributionRatio", "高齢受給者証一部負担金割合", Percent),
];

const LIMIT: &[Field] = &[
    field("LimitApplicationCertificateClassification", "限度額適用認定証区分", Code(&CD011)),
    field("LimitApplicationCertificateClassificationFlag", "限度額適用認定証適用区分", Code(&CD012)),
    field("LimitApplicationCertificateDate", "限度額適用認定証交付年月日", Day),
    field("LimitApplicationCertificateValidStartDate", "限度額適用認定証有効開始年月日", Day),
    field("LimitApplicationCertificateValidEndDate", "限度額適用認定証有効終了年月日", Day),
    field("LimitApplicationCertificateLongTermDate", "限度額適用認定証長期入院該当年月日", Day),
];

const SPECIFIC: &[Field] = &[
    field("SpecificDiseasesDiseaseCategory", "特定疾病認定疾病区分", Code(&CD013)),
    field("SpecificDiseasesCertificateDate", "特定疾病交付年月日", Day),
    field("SpecificDiseasesValidStartDate", "特定疾病有効開始年月日", Day),
    field("SpecificDiseasesValidEndDate", "特定疾病有効終了年月日", Day),
    field("SpecificDiseasesSelfPay", "特定疾病自己負担限度額", Key),
];

/// 医療券・調剤券 (§5.4): passed through as they came, so no code table.
const TICKET: &[Field] = &[
    field("TicketType", "医療券・調剤券別", Key),
    field("MedicalTicketValidDate", "医療券有効開始年月日", Day),
    field("MedicalTicketExpirationDate", "医療券有効終了年月日", Day),
    field("IssueNumber", "交付番号", Key),
    field("MedicalTreatmentMonth", "診療年月", Key),
    field("DesignatedMedicalInstitutionCode", "指定医療機関コード", Key),
    field("DesignatedMedicalInstitutionFlag", "指定医療機関確認フラグ", Key),
    field("DesignatedMedicalInstitutionName", "指定医療機関名", Text),
    field("PrescriptionIssuerMedicalInstitutionCode", "処方箋発行元医療機関コード", Key),
    field("PrescriptionIssuerMedicalInstitutionName", "処方箋発行元医療機関名", Text),
    field("InjuryName1", "傷病名1", Text),
    field("InjuryName2", "傷病名2", Text),
    field("InjuryName3", "傷病名3", Text),
    field("MedicalTreatmentType", "診療別", Key),
    field("SelfPayAmount", "本人支払額", Key),
    field("DistrictContactName", "地区担当員名", Text),
    field("HandlingContactName", "取扱担当者名", Text),
    field("SingleOrCombinedUse", "単独・併用別", Key),
    field("StatusOfSocialInsurance", "社会保険状況", Key),
    field("ConsistencyFlag", "社会保険状況の整合性フラグ", Key),
    field("StatusOfInfecton", "感染症法37条の2の該当", Key),
    field("StatusOfElderlyMedicalCare", "後期高齢者医療の該当", Key),
    field("StatusOfPrefecturalExpenses", "都道府県費の該当", Key),
    field("Remarks1", "備考1", Text),
    field("Remarks2", "備考2", Text),
    field("Remarks3", "備考3", Text),
];

/// The name under which we know an element that some write in another way (T10, T11, T12).
#[must_use]
pub fn known_name(found: &str) -> String {
    let name = match found {
        "DiagnosisInfoConsTim" => "DiagnosisInfoConsTime",
        "StatusOfInfection" => "StatusOfInfecton",
        other => other,
    };
    let name = match name.strip_prefix("PharmaceuticalInfo") {
        Some(rest) => format!("PharmacistsInfo{rest}"),
        None => name.to_owned(),
    };
    match name.strip_suffix("AcquisitionTime") {
        Some(rest) => format!("{rest}AvailableTime"),
        None => name,
    }
}
