//! The photo: any JPEG 2000 becomes a small PNG or an error, whatever its headers promise.

#![no_main]

use helper::picture::{SIDE_MAX, to_png};
use libfuzzer_sys::fuzz_target;

fuzz_target!(
    init: {
        // A panic of the decoder is caught by `to_png` and no finding; one that gets out of it still ends the run.
        std::panic::set_hook(Box::new(|_| ()));
    },
    |bytes: &[u8]| {
        if let Ok(png) = to_png(bytes) {
            assert!(png.starts_with(b"\x89PNG\r\n\x1a\n"));
            let side = |at: usize| u32::from_be_bytes([png[at], png[at + 1], png[at + 2], png[at + 3]]);
            assert!((1..=SIDE_MAX).contains(&side(16)) && (1..=SIDE_MAX).contains(&side(20)));
        }
    }
);
