//! QR codes of reception URLs: level Q, quiet zone of four modules, as SVG and as PNG.

use qrcode::{Color, EcLevel, QrCode};

/// Modules of white around the code.
const QUIET_ZONE: usize = 4;
/// Pixels of a module in the PNG: a code of 41 modules prints sharply at 6 cm with 600 dpi.
const SCALE: usize = 16;

/// Says that no QR code could be made.
#[derive(Debug, thiserror::Error)]
#[error("no QR code could be made")]
pub struct NoQr(#[source] Box<dyn std::error::Error + Send + Sync>);

/// Rows of modules, quiet zone included; true is dark.
fn modules(text: &str) -> Result<Vec<Vec<bool>>, NoQr> {
    let code = QrCode::with_error_correction_level(text, EcLevel::Q).map_err(|inner| NoQr(Box::new(inner)))?;
    let width = code.width();
    let colors = code.into_colors();
    let blank = || vec![false; width + 2 * QUIET_ZONE];
    let mut rows: Vec<Vec<bool>> = (0..QUIET_ZONE).map(|_| blank()).collect();
    for line in colors.chunks(width) {
        let side = std::iter::repeat_n(false, QUIET_ZONE);
        rows.push(side.clone().chain(line.iter().map(|color| *color == Color::Dark)).chain(side).collect());
    }
    rows.extend((0..QUIET_ZONE).map(|_| blank()));
    Ok(rows)
}

/// The code as an SVG drawing that stands by itself and also inline; scales to any size.
///
/// # Errors
/// [`NoQr`] when the text is too long.
pub fn svg(text: &str) -> Result<String, NoQr> {
    use std::fmt::Write as _;
    let rows = modules(text)?;
    let side = rows.len();
    let mut path = String::new();
    for (y, row) in rows.iter().enumerate() {
        for (x, _) in row.iter().enumerate().filter(|(_, is_dark)| **is_dark) {
            // Writing to a String cannot fail.
            let _ = write!(path, "M{x} {y}h1v1h-1z");
        }
    }
    Ok(format!(
        "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 {side} {side}\" shape-rendering=\"crispEdges\" role=\"img\">\
         <title>QR</title><path fill=\"#fff\" d=\"M0 0h{side}v{side}H0z\"/><path fill=\"#000\" d=\"{path}\"/></svg>"
    ))
}

/// The code as a PNG of one bit per pixel.
///
/// # Errors
/// [`NoQr`] when the text is too long or the picture cannot be written.
pub fn png(text: &str) -> Result<Vec<u8>, NoQr> {
    let rows = modules(text)?;
    let side = rows.len() * SCALE;
    let mut data = Vec::with_capacity(side * side.div_ceil(8));
    for row in &rows {
        let pixels: Vec<bool> = row.iter().flat_map(|is_dark| std::iter::repeat_n(*is_dark, SCALE)).collect();
        // In grey of one bit, 1 is white.
        let line: Vec<u8> = pixels
            .chunks(8)
            .map(|eight| eight.iter().enumerate().fold(0xff_u8, |byte, (place, is_dark)| byte & !(u8::from(*is_dark) << (7 - place))))
            .collect();
        for _ in 0..SCALE {
            data.extend_from_slice(&line);
        }
    }
    let side = u32::try_from(side).map_err(|inner| NoQr(Box::new(inner)))?;
    let mut bytes = Vec::new();
    let mut encoder = png::Encoder::new(&mut bytes, side, side);
    encoder.set_color(png::ColorType::Grayscale);
    encoder.set_depth(png::BitDepth::One);
    let mut writer = encoder.write_header().map_err(|inner| NoQr(Box::new(inner)))?;
    writer.write_image_data(&data).map_err(|inner| NoQr(Box::new(inner)))?;
    writer.finish().map_err(|inner| NoQr(Box::new(inner)))?;
    Ok(bytes)
}

#[cfg(test)]
mod tests {
    use super::*;

    const URL: &str = "https://uketsuke.example/r/AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA";

    #[test]
    fn svg_and_png_show_the_same_modules() {
        let rows = modules(URL).unwrap();
        let decoder = png::Decoder::new(std::io::Cursor::new(png(URL).unwrap()));
        let mut reader = decoder.read_info().unwrap();
        let mut pixels = vec![0; reader.output_buffer_size().unwrap()];
        let info = reader.next_frame(&mut pixels).unwrap();
        assert_eq!(usize::try_from(info.width).unwrap(), rows.len() * SCALE);
        let is_dark = |x: usize, y: usize| pixels[y * SCALE * info.line_size + x * SCALE / 8] >> (7 - x * SCALE % 8) & 1 == 0;
        let drawing = svg(URL).unwrap();
        for (y, row) in rows.iter().enumerate() {
            for (x, dark) in row.iter().enumerate() {
                assert_eq!(is_dark(x, y), *dark, "{x},{y}");
                assert_eq!(drawing.contains(&format!("M{x} {y}h1v1h-1z")), *dark, "{x},{y}");
            }
        }
    }

    #[test]
    fn four_modules_around_stay_white() {
        let rows = modules(URL).unwrap();
        let side = rows.len();
        for (y, row) in rows.iter().enumerate() {
            for (x, dark) in row.iter().enumerate() {
                let is_margin = x < 4 || y < 4 || x >= side - 4 || y >= side - 4;
                assert!(!(is_margin && *dark));
            }
        }
        assert!(rows[4][4], "the corner of the first finder is dark");
    }
}
