//! The photo of the card as a picture that browsers show (they know PNG, the card writes JPEG 2000), and how a page gets it.
//!
//! `GET /photo/{ticket}` gives it away once, to the origin that asked for it, while that page's connection lasts and at most a minute.

use std::panic::catch_unwind;

use axum::Extension;
use axum::extract::{Path, State};
use axum::http::StatusCode;
use axum::http::header::{ACCESS_CONTROL_ALLOW_ORIGIN, CONTENT_TYPE};
use axum::response::{IntoResponse, Response};
use hayro_jpeg2000::{ColorSpace, DecodeSettings, DecoderContext, Image};
use tokio::sync::oneshot;

use crate::gate::Visitor;
use crate::hub::Input;
use crate::serve::Front;

/// Longest side, pixels. A card's photo has a few hundred.
pub const SIDE_MAX: u32 = 2000;

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
    let settings = DecodeSettings { strict: true, ..DecodeSettings::default() };
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

fn write_png(png: &mut Vec<u8>, width: u32, height: u32, pixels: &[u8]) -> Result<(), png::EncodingError> {
    let mut encoder = png::Encoder::new(png, width, height);
    encoder.set_color(png::ColorType::Grayscale);
    encoder.set_depth(png::BitDepth::Eight);
    encoder.set_compression(png::Compression::Fast);
    let mut writer = encoder.write_header()?;
    writer.write_image_data(pixels)?;
    writer.finish()
}

/// `GET /photo/{ticket}`, in CORS mode: the gate wants an Origin.
pub(crate) async fn give(State(front): State<Front>, Path(ticket): Path<String>, Extension(visitor): Extension<Visitor>) -> Response {
    let Visitor::Allowed(origin) = visitor else { return StatusCode::FORBIDDEN.into_response() };
    let readable = [(ACCESS_CONTROL_ALLOW_ORIGIN, origin.as_str().to_owned())];
    let (reply, photo) = oneshot::channel();
    front.hub.tell(Input::PhotoWanted { ticket, origin, reply });
    match photo.await {
        Ok(png) => (readable, [(CONTENT_TYPE, "image/png")], png).into_response(),
        Err(_) => (StatusCode::NOT_FOUND, readable).into_response(),
    }
}
