//! The activation code by camera (DA-2): the QR code of the printed sheet is looked for in the pictures of this device's camera. No picture
//! leaves this page, and the camera is asked for by a press alone.

use std::cell::RefCell;
use std::rc::Rc;

use gloo_timers::callback::Interval;
use js_sys::Reflect;
use rqrr::PreparedImage;
use shared::domain::code::ActivationCode;
use wasm_bindgen::{JsCast as _, JsValue};
use wasm_bindgen_futures::{JsFuture, spawn_local};
use web_sys::{CanvasRenderingContext2d, HtmlCanvasElement, HtmlVideoElement, MediaStream, MediaStreamConstraints, MediaStreamTrack};
use yew::prelude::*;

use crate::part::{Button, Dialog, Notice, Tone};
use crate::text::office::activation as words;

/// Between two looks, milliseconds.
const LOOK_EVERY_MS: u32 = 250;
/// Pictures are looked at in this width at most: the code of a sheet is large.
const WIDTH: u32 = 640;

/// The code in the address that a sheet's QR code is of.
fn code_of(text: &str) -> Option<ActivationCode> {
    let (_, digits) = text.split_once("#code=")?;
    ActivationCode::from_typed(digits).ok()
}

/// What the QR codes of a grey picture say that is a code of ours.
fn read(width: usize, height: usize, grey: &[u8]) -> Option<ActivationCode> {
    let mut image = PreparedImage::prepare_from_greyscale(width, height, |x, y| grey.get(y * width + x).copied().unwrap_or(u8::MAX));
    image.detect_grids().into_iter().filter_map(|grid| grid.decode().ok()).find_map(|(_, text)| code_of(&text))
}

/// Why there is no picture.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum NoCamera {
    /// The person, the browser or the system refuses it.
    Denied,
    /// There is none, or another program has it.
    None,
}

/// A camera that runs, until it is dropped.
struct Running(MediaStream);

impl Drop for Running {
    fn drop(&mut self) {
        for track in self.0.get_tracks().iter() {
            if let Ok(track) = track.dyn_into::<MediaStreamTrack>() {
                track.stop();
            }
        }
    }
}

async fn open() -> Result<Running, NoCamera> {
    let devices = web_sys::window().and_then(|window| window.navigator().media_devices().ok()).ok_or(NoCamera::None)?;
    let video = js_sys::Object::new();
    // The one at the back where there are two.
    let _ = Reflect::set(&video, &"facingMode".into(), &"environment".into());
    let wanted = MediaStreamConstraints::new();
    wanted.set_video(&video);
    let asked = devices.get_user_media_with_constraints(&wanted).map_err(|_| NoCamera::None)?;
    let why = |why: JsValue| match Reflect::get(&why, &"name".into()).ok().and_then(|name| name.as_string()).as_deref() {
        Some("NotAllowedError" | "SecurityError") => NoCamera::Denied,
        _ => NoCamera::None,
    };
    JsFuture::from(asked).await.map_err(why)?.dyn_into().map(Running).map_err(|_| NoCamera::None)
}

/// Looks at the picture of now.
fn look(video: &HtmlVideoElement, canvas: &HtmlCanvasElement) -> Option<ActivationCode> {
    let (width, height) = (video.video_width(), video.video_height());
    if width == 0 || height == 0 {
        return None;
    }
    let (wide, high) = (width.min(WIDTH), height * width.min(WIDTH) / width);
    canvas.set_width(wide);
    canvas.set_height(high);
    let context = canvas.get_context("2d").ok()??.dyn_into::<CanvasRenderingContext2d>().ok()?;
    context.draw_image_with_html_video_element_and_dw_and_dh(video, 0.0, 0.0, f64::from(wide), f64::from(high)).ok()?;
    let pixels = context.get_image_data(0.0, 0.0, f64::from(wide), f64::from(high)).ok()?.data();
    let grey: Vec<u8> = pixels.chunks_exact(4).map(|pixel| pixel.get(1).copied().unwrap_or_default()).collect();
    read(usize::try_from(wide).ok()?, usize::try_from(high).ok()?, &grey)
}

/// Says what follows.
#[derive(Clone, PartialEq, Properties)]
pub(super) struct CameraProps {
    /// Called with the code.
    pub(super) onfound: Callback<ActivationCode>,
}

/// The button, and the picture while it is looked at.
#[component]
pub(super) fn Camera(props: &CameraProps) -> Html {
    let is_open = use_state(|| false);
    let set = |to: bool| {
        let is_open = is_open.clone();
        Callback::from(move |()| is_open.set(to))
    };
    let onfound = {
        let (is_open, onfound) = (is_open.clone(), props.onfound.clone());
        Callback::from(move |code: ActivationCode| {
            is_open.set(false);
            onfound.emit(code);
        })
    };
    html! {
        <>
            <p><Button id="register-camera" onpress={set(true)}>{ words::CAMERA }</Button></p>
            if *is_open {
                <Looking {onfound} onclose={set(false)} />
            }
        </>
    }
}

#[derive(Clone, PartialEq, Properties)]
struct LookingProps {
    onfound: Callback<ActivationCode>,
    onclose: Callback<()>,
}

/// The picture. The camera stops with it.
#[component]
fn Looking(props: &LookingProps) -> Html {
    let (video, canvas) = (use_node_ref(), use_node_ref());
    let failed = use_state(|| None::<NoCamera>);
    use_effect_with((), {
        let (video, canvas, failed, onfound) = (video.clone(), canvas.clone(), failed.clone(), props.onfound.clone());
        move |()| {
            // `None` once the picture is gone: a camera that opens later is closed at once.
            let running = Rc::new(RefCell::new(Some((None::<Running>, None::<Interval>))));
            let kept = running.clone();
            spawn_local(async move {
                match open().await {
                    Err(why) => failed.set(Some(why)),
                    Ok(camera) => {
                        let Some(shown) = video.cast::<HtmlVideoElement>() else { return };
                        shown.set_src_object(Some(&camera.0));
                        let tick = Interval::new(LOOK_EVERY_MS, move || {
                            let found = canvas.cast::<HtmlCanvasElement>().and_then(|canvas| look(&shown, &canvas));
                            if let Some(code) = found {
                                onfound.emit(code);
                            }
                        });
                        if let Some(slot) = kept.borrow_mut().as_mut() {
                            *slot = (Some(camera), Some(tick));
                        }
                    }
                }
            });
            move || drop(running.borrow_mut().take())
        }
    });
    html! {
        <Dialog id="camera" title={words::CAMERA_TITLE} onclose={props.onclose.clone()}>
            { match *failed {
                None => html! { <p>{ words::CAMERA_HOW }</p> },
                Some(NoCamera::Denied) => html! { <Notice tone={Tone::Warn} role="alert" title={words::CAMERA_DENIED}><p>{ words::CAMERA_ELSE }</p></Notice> },
                Some(NoCamera::None) => html! { <Notice tone={Tone::Warn} role="alert" title={words::CAMERA_NONE}><p>{ words::CAMERA_ELSE }</p></Notice> },
            } }
            <video ref={video} class="desk-camera" autoplay=true muted=true playsinline={true} aria-label={words::CAMERA_PICTURE}></video>
            <canvas ref={canvas} hidden=true></canvas>
            <p class="actions"><Button id="camera-close" onpress={props.onclose.clone()}>{ words::CAMERA_CLOSE }</Button></p>
        </Dialog>
    }
}

#[cfg(test)]
mod tests {
    use qrcode::{Color, QrCode};

    use super::*;

    /// A picture of a QR code on a sheet: four dots to a module, with its margin.
    fn sheet(text: &str) -> (usize, Vec<u8>) {
        let code = QrCode::new(text).unwrap();
        let (modules, scale, margin) = (code.width(), 4, 4);
        let width = (modules + 2 * margin) * scale;
        let is_dark = |x: usize, y: usize| {
            let at = |dot: usize| (dot / scale).checked_sub(margin).filter(|place| *place < modules);
            matches!((at(x), at(y)), (Some(x), Some(y)) if code[(x, y)] == Color::Dark)
        };
        let grey = (0..width * width).map(|dot| if is_dark(dot % width, dot / width) { 20 } else { 235 }).collect();
        (width, grey)
    }

    #[test]
    fn the_code_of_a_sheet_is_read_and_nothing_else_is() {
        let (width, grey) = sheet(concat!("https://uketsuke.example/d#code=1234567890", "18"));
        assert_eq!(read(width, width, &grey).map(|code| code.grouped()), Some("1234-5678-9018".to_owned()));
        for other in ["https://uketsuke.example/d", "https://uketsuke.example/r/abc#code=12", concat!("1234567890", "18")] {
            let (width, grey) = sheet(other);
            assert_eq!(read(width, width, &grey).map(|code| code.grouped()), None, "{other}");
        }
        assert!(read(8, 8, &[255; 64]).is_none() && read(8, 8, &[]).is_none());
    }
}
