//! The photo of the card as a picture that browsers show: they know PNG, the card writes JPEG 2000.

use std::panic::catch_unwind;

use hayro_jpeg2000::{ColorSpace, DecodeSettings, DecoderContext, Image};

/// Longest side, pixels. The photo of a test card has 378 × 472.
pub const SIDE_MAX: u32 = 1000;

/// Says why a photo cannot be shown.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum NotAPhoto {
    /// The decoder does not know it, or broke down over it.
    #[error("not a JPEG 2000 picture")]
    Format,
    /// Wider or higher than [`SIDE_MAX`], or without a pixel.
    #[error("a picture of {width} × {height} pixels")]
    Size {
        /// Pixels.
        width: u32,
        /// Pixels.
        height: u32,
    },
    /// More than one tile or channel, or precincts: no card writes them, and a few bytes of them ask the decoder for a gigabyte.
    #[error("a picture in pieces")]
    Pieces,
    /// Not one channel of grey.
    #[error("not a grey picture")]
    Colours,
    /// The PNG could not be written.
    #[error("the picture could not be written")]
    Output,
}

/// Turns a JP2 file into a grey PNG with eight bits. Takes milliseconds: not for the thread that serves, nor while a card waits.
///
/// # Errors
/// [`NotAPhoto`], also when the decoder panics.
pub fn to_png(jp2: &[u8]) -> Result<Vec<u8>, NotAPhoto> {
    // The bytes come from a stranger's card.
    catch_unwind(|| decode(jp2)).unwrap_or(Err(NotAPhoto::Format))
}

fn decode(jp2: &[u8]) -> Result<Vec<u8>, NotAPhoto> {
    if !is_whole(jp2) {
        return Err(NotAPhoto::Pieces);
    }
    // A palette's map may name the one channel thousands of times, each time a whole copy.
    let settings = DecodeSettings { strict: true, resolve_palette_indices: false, ..DecodeSettings::default() };
    let image = Image::new(jp2, &settings).map_err(|_| NotAPhoto::Format)?;
    let (width, height) = (image.width(), image.height());
    if !(1..=SIDE_MAX).contains(&width) || !(1..=SIDE_MAX).contains(&height) {
        return Err(NotAPhoto::Size { width, height });
    }
    if !matches!(image.color_space(), ColorSpace::Gray) || image.has_alpha() {
        return Err(NotAPhoto::Colours);
    }
    let mut context = DecoderContext::default();
    let decoded = image.decode(&mut context).map_err(|_| NotAPhoto::Format)?;
    let [grey] = decoded.components() else { return Err(NotAPhoto::Colours) };
    if grey.samples().len() as u64 != u64::from(width) * u64::from(height) {
        return Err(NotAPhoto::Colours);
    }
    let mut png = Vec::new();
    write_png(&mut png, width, height, &decoded.data_u8()).map_err(|_| NotAPhoto::Output)?;
    Ok(png)
}

/// Whether the picture is one channel in one tile in one part, without precincts, by the few markers that say so. The decoder makes room
/// for all channels, tiles and precincts before it looks for their data; beside a palette it does not ask how many channels there are.
fn is_whole(jp2: &[u8]) -> bool {
    let positions = |bytes: &[u8], marker: &[u8]| -> Vec<usize> {
        bytes.windows(marker.len()).enumerate().filter(|(_, found)| *found == marker).map(|(at, _)| at).collect()
    };
    // SOC and SIZ: length, capabilities, then the area, its offset, the tile, its offset, the number of channels.
    let [siz] = positions(jp2, &[0xFF, 0x4F, 0xFF, 0x51])[..] else { return false };
    let Some(stream) = jp2.get(siz..) else { return false };
    let number = |place: usize| stream.get(8 + 4 * place..)?.first_chunk::<4>().map(|bytes| u32::from_be_bytes(*bytes));
    let is_one_tile = number(4) >= number(0) && number(5) >= number(1) && [2, 3, 6, 7].iter().all(|place| number(*place) == Some(0));
    let is_one_channel = stream.get(40..42) == Some(&[0, 1][..]);
    // SOT and SOD, which picture data never hold.
    let is_one_part = positions(stream, &[0xFF, 0x90]).len() == 1;
    let header = positions(stream, &[0xFF, 0x93]).first().and_then(|end| stream.get(..*end)).unwrap_or_default();
    // COD: length, then the style with its bit for precincts. COC would say it of one channel.
    let has_precincts = |at: &usize| header.get(at + 4).is_none_or(|style| style & 1 != 0);
    let is_one = is_one_channel && is_one_tile && is_one_part;
    is_one && !positions(header, &[0xFF, 0x52]).iter().any(has_precincts) && positions(header, &[0xFF, 0x53]).is_empty()
}

fn write_png(png: &mut Vec<u8>, width: u32, height: u32, pixels: &[u8]) -> Result<(), png::EncodingError> {
    let mut encoder = png::Encoder::new(png, width, height);
    encoder.set_color(png::ColorType::Grayscale);
    encoder.set_depth(png::BitDepth::Eight);
    encoder.set_compression(png::Compression::Fast);
    let mut writer = encoder.write_header()?;
    writer.write_image_data(pixels)?;
    writer.finish()
}
