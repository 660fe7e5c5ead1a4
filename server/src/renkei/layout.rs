//! The requests and the registrations as data: elements in the order in which they are written. The official papers are not public; a
//! table can follow them without a change of code.

use crate::export::layout::{BULK_SEARCH, CD004, CD028, Field, Shape, field};

use Shape::{Code, Day, Insurer, Key, Many, One, Text};

/// The header of a request; what a family has no use for is left out.
pub(super) const HEADER: &[Field] = &[
    field("QualificationConfirmationDate", "資格確認日", Day),
    field("MedicalInstitutionCode", "医療機関コード", Key),
    field("ArbitraryFileIdentifier", "任意のファイル識別子", Key),
];

/// The header of a request for medical information, whose names differ from everywhere else (T20).
pub(super) const MEDICAL_HEADER: &[Field] = &[
    field("MedicalInstitutionCode", "医療機関コード", Key),
    field("InsurerNumber", "保険者番号", Insurer),
    field("InsuranceCardSymbol", "被保険者証記号", Text),
    field("InsuredPersonIdentificationNumber", "被保険者証番号", Key),
    field("BranchNumber", "被保険者証枝番", Key),
    field("ArbitraryFileIdentifier", "任意のファイル識別子", Key),
];

/// The body of a request: each family has one of the groups, medical information the single elements.
pub(super) const BODY: &[Field] = &[
    field("ReceptionNumber", "受付番号", Key),
    field("QualificationConfirmSearchInfo", "資格確認照会用情報", Many("QualificationConfirmSearchInfo", BULK_SEARCH)),
    field("ReferenceNumberRegistrationInfo", "照会番号登録情報", Many("ReferenceNumberRegistrationInfo", REGISTRATION)),
    field("StartDate", "開始年月", Key),
    field("EndDate", "終了年月", Key),
    field("FileCategory", "ファイル種別", Key),
    field("PrDiInfClassification", "薬剤情報等", Key),
    field("MedicalTreatmentFlag", "診療区分", Code(&CD028)),
];

/// 照会番号登録 of one person.
pub(super) const REGISTRATION: &[Field] = &[
    field("ReferenceNumber", "照会番号", Key),
    field("InsurerNumber", "保険者番号", Insurer),
    field("InsuredCardSymbol", "被保険者証記号", Text),
    field("InsuredIdentificationNumber", "被保険者証番号", Key),
    field("InsuredBranchNumber", "被保険者証枝番", Key),
];

/// What became of a 照会番号登録: the body of a single answer, or a unit of a bulk one.
pub(super) const REGISTRATION_OUTCOME: &[Field] = &[
    field("ReferenceNumberRegistrationInfo", "照会番号登録情報", One(REGISTRATION)),
    field("ProcessingResultStatus", "処理結果状況", Code(&CD004)),
    field("ProcessingResultCode", "処理結果コード", Key),
    field("ProcessingResultMessage", "処理結果メッセージ", Text),
];
