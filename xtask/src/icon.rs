//! The icon of `web/icons/icon.svg` as PNG, for home screens: the same shapes in the same units, by their distance to each pixel.

use std::io;
use std::path::Path;

/// The drawing is 48 units wide.
const UNITS: f32 = 48.0;
const GREEN: [f32; 3] = [11.0, 92.0, 90.0];
const WHITE: [f32; 3] = [255.0, 255.0, 255.0];
const YELLOW: [f32; 3] = [255.0, 212.0, 61.0];

/// What stands around the drawing.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Ground {
    /// The rounded square of the SVG, and nothing around it.
    Rounded,
    /// Green to the edge, the drawing smaller: the system cuts its own shape out (`maskable`).
    Full,
}

/// Writes the icon, `size` pixels wide.
///
/// # Errors
/// When the file cannot be written.
pub(crate) fn write(file: &Path, size: u32, ground: Ground) -> io::Result<()> {
    let mut encoder = png::Encoder::new(io::BufWriter::new(std::fs::File::create(file)?), size, size);
    encoder.set_color(png::ColorType::Rgba);
    encoder.set_depth(png::BitDepth::Eight);
    encoder.set_compression(png::Compression::High);
    let mut writer = encoder.write_header().map_err(io::Error::other)?;
    writer.write_image_data(&draw(size, ground)).map_err(io::Error::other)
}

/// The pixels, RGBA, row by row.
#[expect(clippy::cast_precision_loss, clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "pixels and colours are small")]
fn draw(size: u32, ground: Ground) -> Vec<u8> {
    let pixel = UNITS / size as f32;
    // The middle four fifths are in every shape that systems cut.
    let zoom = if ground == Ground::Full { 1.2 } else { 1.0 };
    let mut pixels = Vec::with_capacity((size * size * 4) as usize);
    for row in 0..size {
        for column in 0..size {
            let middle = |at: u32| ((at as f32 + 0.5) * pixel - UNITS / 2.0) * zoom;
            let (x, y) = (middle(column), middle(row));
            let cover = |distance: f32| (0.5 - distance / (pixel * zoom)).clamp(0.0, 1.0);
            let mut colour = GREEN;
            for (distance, ink) in shapes(x, y) {
                let cover = cover(distance);
                for (channel, ink) in colour.iter_mut().zip(ink) {
                    *channel += (ink - *channel) * cover;
                }
            }
            let alpha = if ground == Ground::Full { 1.0 } else { cover(rounded(x, y, [24.0, 24.0], 10.0)) };
            pixels.extend(colour.map(|channel| channel.round() as u8));
            pixels.push((alpha * 255.0).round() as u8);
        }
    }
    pixels
}

/// The distance of each shape to a point from the middle, units, negative inside; and its colour.
fn shapes(x: f32, y: f32) -> [(f32, [f32; 3]); 5] {
    // The SVG counts from the corner.
    let line = |from: [f32; 2], to: [f32; 2], width: f32| segment([x + 24.0, y + 24.0], from, to) - width / 2.0;
    [
        (rounded(x, y - 0.5, [16.0, 10.5], 3.0).abs() - 1.5, WHITE),
        (line([14.0, 22.0], [22.0, 22.0], 3.0), WHITE),
        (line([14.0, 28.0], [19.0, 28.0], 3.0), WHITE),
        (line([25.0, 26.0], [29.0, 30.0], 4.0), YELLOW),
        (line([29.0, 30.0], [37.0, 20.0], 4.0), YELLOW),
    ]
}

/// Distance to a rectangle around the middle with these half sides and rounded corners.
fn rounded(x: f32, y: f32, [half_x, half_y]: [f32; 2], corner: f32) -> f32 {
    let (over_x, over_y) = (x.abs() - half_x + corner, y.abs() - half_y + corner);
    over_x.max(0.0).hypot(over_y.max(0.0)) + over_x.max(over_y).min(0.0) - corner
}

/// Distance to a line between two points.
fn segment([x, y]: [f32; 2], [from_x, from_y]: [f32; 2], [to_x, to_y]: [f32; 2]) -> f32 {
    let (along_x, along_y) = (to_x - from_x, to_y - from_y);
    let share = ((x - from_x) * along_x + (y - from_y) * along_y) / (along_x * along_x + along_y * along_y);
    let share = share.clamp(0.0, 1.0);
    (x - from_x - along_x * share).hypot(y - from_y - along_y * share)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_icon_has_the_colours_of_the_svg_where_they_are_there() {
        let at = |pixels: &[u8], x: usize, y: usize| {
            let place = (y * 48 + x) * 4;
            pixels.get(place..place + 4).unwrap().to_vec()
        };
        let rounded = draw(48, Ground::Rounded);
        assert_eq!(rounded.len(), 48 * 48 * 4);
        assert_eq!(at(&rounded, 0, 0), [11, 92, 90, 0], "the corner is cut");
        assert_eq!(at(&rounded, 24, 4), [11, 92, 90, 255]);
        assert_eq!(at(&rounded, 8, 24), [255, 255, 255, 255], "the edge of the card");
        assert_eq!(at(&rounded, 28, 29), [255, 212, 61, 255], "the tick");
        assert_eq!(at(&draw(48, Ground::Full), 0, 0), [11, 92, 90, 255], "green to the edge");
    }
}
