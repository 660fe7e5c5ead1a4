//! Samples of 稼働状況 and what stands around it.

use server::store::{DeskId, EnquiryId, WindowId, desk, enquiry, maintenance};
use server::tenant::Tenant;
use shared::api::desk::{AddDesk, ChangeDesk, Desks, RemoveDesk};
use shared::api::enquiry::{AddEnquiry, ChangeEnquiry, EnquiryChange, SearchEnquiries};
use shared::api::maintenance::{AddWindow, Calendar, EndWindow, Window};
use shared::api::operation::{LookAtOperation, MakeSupportRecord, OperationNews, SeenByPage};
use shared::api::{Endpoint as _, EndpointRow};
use shared::domain::account::UserId;
use shared::domain::desk::Desk;
use shared::domain::enquiry::Enquiry;
use shared::domain::maintenance::Span;
use shared::domain::note::Note;
use shared::domain::operation::{Light, Part};

use super::{NO_ID, Sample, Scene, ask, code, get};
use crate::world::{CLINIC, STATION};

/// A text of the clinic that no answer to the station may hold: one of [`Scene::marks`].
const THEIRS: &str = "よその端末";

fn note<const MAX: usize>(text: &str) -> Note<MAX> {
    Note::try_from(text).unwrap()
}

pub(crate) fn desk_named(name: &str) -> Desk {
    Desk { name: note(name), number: note("03-0000-0000"), ..Desk::default() }
}

pub(crate) fn enquiry_about(question: &str) -> Enquiry {
    Enquiry { desk: note("回線の窓口"), who: note("事務"), question: note(question), ..Enquiry::default() }
}

impl Scene {
    fn window(&self, still: &str) -> Window {
        let now = self.world.clock.now();
        // A part that no visit waits for: the walk goes on opening visits.
        Window { part: Part::Link, span: Span { from: now, to: now.plus_ms(3_600_000) }, still: note(still), source: Note::default() }
    }

    fn bytes(&self) -> [u8; 10] {
        server::random::Random::machine().bytes().unwrap()
    }

    async fn desk_of(&self, institution: &str, name: &str) -> String {
        let (id, tenant, now) =
            (DeskId::new(self.world.clock.now(), self.bytes()), Tenant::of_operator(&code(institution)), self.world.clock.now());
        let (of, desk) = (id.clone(), desk_named(name));
        self.world.store.0.write(move |tx| desk::add(tx, Some(&tenant), &of, &desk, now, None)).await.unwrap();
        id.as_str().to_owned()
    }

    async fn window_of(&self, institution: &str, still: &str) -> String {
        let (id, tenant, now) =
            (WindowId::new(self.world.clock.now(), self.bytes()), Tenant::of_operator(&code(institution)), self.world.clock.now());
        let (of, window) = (id.clone(), self.window(still));
        self.world.store.0.write(move |tx| maintenance::add(tx, Some(&tenant), &of, &window, now, None)).await.unwrap();
        id.as_str().to_owned()
    }

    async fn enquiry_of(&self, institution: &str, question: &str) -> String {
        let (id, tenant, now) =
            (EnquiryId::new(self.world.clock.now(), self.bytes()), Tenant::of_operator(&code(institution)), self.world.clock.now());
        let (of, enquiry, by) = (id.clone(), enquiry_about(question), UserId::try_from("kanri1").unwrap());
        let key = question.to_owned();
        self.world.store.0.write(move |tx| enquiry::add(tx, &tenant, &of, &enquiry, &key, now, &by)).await.unwrap();
        id.as_str().to_owned()
    }

    /// The sample of one of these calls.
    pub(super) async fn of_operation(&self, row: &EndpointRow) -> Option<Sample> {
        let now = self.world.clock.now();
        Some(match row.name {
            LookAtOperation::NAME => {
                let seen = SeenByPage { device: Some(Light::Good), network: None, reader: Some(Light::Unknown) };
                Sample::of(ask(LookAtOperation.path(), &seen))
            }
            OperationNews::NAME => {
                self.window_of(CLINIC, THEIRS).await;
                Sample::of(get(OperationNews.path()))
            }
            MakeSupportRecord::NAME => Sample::of(ask(MakeSupportRecord.path(), &SeenByPage::default())),
            Desks::NAME => {
                self.desk_of(CLINIC, THEIRS).await;
                Sample::of(get(Desks.path()))
            }
            AddDesk::NAME => {
                // There is room for fifty, and the walk adds more.
                let tenant = Tenant::of_operator(&code(STATION));
                let own = move |tx: &mut server::store::tx::Tx<'_>| {
                    for record in desk::list(tx, &tenant)? {
                        desk::remove(tx, Some(&tenant), &record.id)?;
                    }
                    Ok(())
                };
                self.world.store.0.write(own).await.unwrap();
                Sample::of(ask(AddDesk.path(), &desk_named("窓口")))
            }
            ChangeDesk::NAME => {
                let at = |id: &str| ask(ChangeDesk { desk: id.into() }.path(), &desk_named("別の窓口"));
                Sample::with(at(&self.desk_of(STATION, "窓口").await), at(&self.desk_of(CLINIC, THEIRS).await), at(NO_ID))
            }
            RemoveDesk::NAME => {
                let at = |id: &str| ask(RemoveDesk { desk: id.into() }.path(), &());
                Sample::with(at(&self.desk_of(STATION, "窓口").await), at(&self.desk_of(CLINIC, THEIRS).await), at(NO_ID))
            }
            Calendar::NAME => {
                self.window_of(CLINIC, THEIRS).await;
                Sample::of(get(Calendar.path()))
            }
            AddWindow::NAME => Sample::of(ask(AddWindow.path(), &self.window("使えます"))),
            EndWindow::NAME => {
                let at = |id: &str| ask(EndWindow { window: id.into() }.path(), &());
                Sample::with(at(&self.window_of(STATION, "").await), at(&self.window_of(CLINIC, THEIRS).await), at(NO_ID))
            }
            SearchEnquiries::NAME => {
                self.enquiry_of(CLINIC, THEIRS).await;
                let of = |words: &str| ask(SearchEnquiries.path(), &serde_json::json!({ "words": words, "state": null, "after": null }));
                Sample::with(of(""), of("よその"), of("だれも"))
            }
            AddEnquiry::NAME => Sample::of(ask(AddEnquiry.path(), &enquiry_about("つながらない"))),
            ChangeEnquiry::NAME => {
                let change = EnquiryChange { enquiry: enquiry_about("直った"), shown: now };
                let at = |id: &str| ask(ChangeEnquiry { enquiry: id.into() }.path(), &change);
                Sample::with(at(&self.enquiry_of(STATION, "自分の質問").await), at(&self.enquiry_of(CLINIC, THEIRS).await), at(NO_ID))
            }
            _ => return None,
        })
    }
}
