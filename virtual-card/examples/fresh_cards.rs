//! Says what a case costs in a mass test: `cargo run --release -p virtual-card --example fresh_cards`.

use std::{error::Error, hint::black_box, time::Instant};

use virtual_card::{Card, CardSpec};

const SELECT: [u8; 15] = [0x00, 0xA4, 0x04, 0x0C, 0x0A, 0xD3, 0x92, 0xF0, 0x00, 0x26, 0x01, 0x00, 0x00, 0x00, 0x01];

#[expect(clippy::print_stdout, reason = "its output is its purpose")]
fn main() -> Result<(), Box<dyn Error>> {
    let dir = std::env::temp_dir().join("virtual-card-example");
    #[expect(clippy::disallowed_methods, reason = "certificates must be valid now")]
    let now = std::time::SystemTime::now();
    virtual_card::make(&dir, now)?;
    let spec: CardSpec = "ichiro".parse()?;

    let time = |what: &str, times: u32, mut work: Box<dyn FnMut() -> Result<Card, Box<dyn Error>> + '_>| {
        let begun = Instant::now();
        for _ in 0..times {
            black_box(work()?);
        }
        println!("{what:<46} {:>9.1} µs", begun.elapsed().as_secs_f64() * 1e6 / f64::from(times));
        Ok::<(), Box<dyn Error>>(())
    };
    let mut first = Card::open(&dir, &spec)?;
    time("Card::open", 50, Box::new(|| Ok(Card::open(&dir, &spec)?)))?;
    time("Card::fresh", 100_000, Box::new(|| Ok(first.fresh())))?;
    time("fresh, SELECT, VERIFY, SIGN", 100, Box::new(|| sign(first.fresh())))?;
    first.remember_signatures(true);
    time("fresh, SELECT, VERIFY, SIGN, remembered", 100_000, Box::new(|| sign(first.fresh())))
}

fn sign(mut card: Card) -> Result<Card, Box<dyn Error>> {
    let hash = [&[0x80, 0x2A, 0x02, 0x97, 0x20][..], &[7; 32], &[0]].concat();
    for command in [&SELECT[..], b"\x00\x20\x00\x98\x041234", &hash] {
        card.transmit(command)?;
    }
    Ok(card)
}
