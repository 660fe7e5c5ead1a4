//! Figures, no check: the time from the last press in the PIN frame to the end of the patient's part.

use std::time::{Duration, Instant};

use e2e::stack::World;

use crate::pictures::another_card;
use crate::way;

/// A person each: who has a living consent is asked about it first, and a person's thinking is not measured.
const PEOPLE: [&str; 8] = ["ichiro", "hanako", "saburo", "shiro", "nanako", "goro", "jiro", "kazuko"];

/// One visit each; the first is not counted.
#[expect(clippy::print_stdout, reason = "prints figures")]
pub(crate) async fn last_key_to_result(world: &mut World) -> anyhow::Result<()> {
    let tablet = world.screen(1280, 800).await?;
    let mut times: Vec<Duration> = Vec::new();
    for person in PEOPLE {
        another_card(world, person).await?;
        way::to_card(&tablet, &world.reception_url()).await?;
        tablet.sees("カードが置かれています").await?;
        tablet.press("読み取りを始める").await?;
        tablet.enter_pin(virtual_card::AUTH_PIN).await?;
        let pressed = Instant::now();
        tablet.heading("受付が終わりました").await?;
        times.push(pressed.elapsed());
        way::result(&tablet).await?;
        way::finish(&tablet).await?;
    }
    times.remove(0);
    times.sort();
    let ms = |place: usize| times.get(place).map_or(0, Duration::as_millis);
    println!(
        "last press to result: median {} ms, worst {} ms, n = {} (seen by the driver, which looks every 40 ms)",
        ms(times.len() / 2),
        ms(times.len() - 1),
        times.len()
    );
    Ok(())
}
