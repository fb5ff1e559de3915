//! Draws the figures of a results folder: `draw FOLDER SCENARIO NODES OVERLAY SCHEME`.

use compup2p_analysis::{Context, Options, draw_all};

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let mut words = std::env::args().skip(1);
    let mut word = || words.next().ok_or("wants FOLDER SCENARIO NODES OVERLAY SCHEME");
    let folder = word()?;
    let context = Context {
        scenario: word()?,
        nodes: word()?.parse()?,
        overlay: word()?,
        market_scheme: word()?,
        seed: 1,
    };
    for outcome in draw_all(folder.as_ref(), &context, Options { png: true })? {
        println!("{outcome:?}");
    }
    Ok(())
}
