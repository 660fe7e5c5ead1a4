//! The visit, whole: bookmark, consent, card, result, office list.

use e2e::stack::World;

/// With finger or mouse.
pub(crate) async fn by_hand(world: &mut World) -> anyhow::Result<()> {
    let tablet = world.tablet().await?;
    tablet.open(&world.reception_url()).await?;
    Ok(())
}
