//! Which register an institution's checks are asked of: an institution for training never asks the real one about its invented people
//! (OT-36).

use std::sync::Arc;

use super::imported::Imported;
use super::registry::EmbeddedRegistry;
use super::{Registry, RegistryLook};
use crate::store::db::Db;
use crate::store::{StoreError, institution, register};
use crate::tenant::Tenant;

/// The registers of a server.
#[derive(Clone)]
pub struct Registers {
    usual: Arc<dyn Registry>,
    training: Arc<dyn Registry>,
}

impl Registers {
    /// Those of a server whose own register is `usual`. In the demo that one is invented itself, and everybody asks it.
    #[must_use]
    pub fn new(usual: Arc<dyn Registry>, is_demo: bool) -> Self {
        let training = if is_demo {
            Arc::clone(&usual)
        } else {
            // The rows are a part of this program.
            Arc::new(EmbeddedRegistry::demo("{}").unwrap_or_else(|_| EmbeddedRegistry::empty()))
        };
        Self { usual, training }
    }

    /// The one to ask for an institution, by whether it is for training.
    #[must_use]
    pub fn of(&self, is_training: bool) -> &Arc<dyn Registry> {
        if is_training { &self.training } else { &self.usual }
    }

    /// The one to ask for an institution, which is looked up.
    ///
    /// # Errors
    /// What the database says.
    pub async fn of_tenant(&self, db: &Db, tenant: &Tenant) -> Result<&Arc<dyn Registry>, StoreError> {
        let whose = tenant.clone();
        let standing = db.read(move |tx| institution::find_standing(tx, &whose)).await?;
        Ok(self.of(standing.is_some_and(|(_, standing)| standing.is_training)))
    }

    /// The one to ask about people of an institution: where there is no real register, those whom the institution's own files told of
    /// (`import`). They are read anew each time.
    ///
    /// # Errors
    /// What the database says.
    pub async fn asked_by(&self, db: &Db, tenant: &Tenant) -> Result<Arc<dyn Registry>, StoreError> {
        let usual = self.of_tenant(db, tenant).await?;
        if usual.look() == RegistryLook::Empty {
            let whose = tenant.clone();
            let people = db.search(move |tx| register::all(tx, &whose)).await?;
            if !people.is_empty() {
                return Ok(Arc::new(Imported::of(people)));
            }
        }
        Ok(Arc::clone(usual))
    }
}
