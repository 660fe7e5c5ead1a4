//! Readers that a driver of the kernel took for itself: the reader service cannot open those, and shows no reader.
//!
//! Linux only. Where it is written: `/sys/bus/usb/devices`, one folder per device (`1-2`) and per part of it (`1-2:1.0`), with the link
//! `driver`. A program that opened a part, as the reader service does, stands there as `usbfs`.

use std::fs;
use std::path::Path;

/// The place of this machine's USB devices.
pub const DEVICES: &str = "/sys/bus/usb/devices";
/// The class of parts that are smart card readers (USB-IF, CCID), as the system writes it.
const SMART_CARD: &str = "0b";
/// Drivers for NFC of the kernel, which take readers of other classes too: of Sony, and those built on a chip of NXP.
const NFC: [&str; 3] = ["port100", "pn533_usb", "pn533"];

/// A reader and the driver that holds it.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Claimed {
    /// What the device calls itself, or its numbers.
    pub device: String,
    /// The driver.
    pub driver: String,
}

/// The readers below `devices` that a driver of the kernel holds.
#[must_use]
pub fn claimed(devices: &Path) -> Vec<Claimed> {
    let word = |path: &Path, name: &str| fs::read_to_string(path.join(name)).unwrap_or_default().trim().to_owned();
    let parts = fs::read_dir(devices).into_iter().flatten().flatten();
    let mut found: Vec<Claimed> = parts
        .filter_map(|part| {
            let driver = fs::read_link(part.path().join("driver")).ok()?.file_name()?.to_str()?.to_owned();
            let is_reader = word(&part.path(), "bInterfaceClass") == SMART_CARD || NFC.contains(&driver.as_str());
            if driver == "usbfs" || !is_reader {
                return None;
            }
            let device = devices.join(part.file_name().to_str()?.split_once(':')?.0);
            let names: Vec<String> =
                ["manufacturer", "product"].map(|name| word(&device, name)).into_iter().filter(|name| !name.is_empty()).collect();
            let numbers = format!("{}:{}", word(&device, "idVendor"), word(&device, "idProduct"));
            Some(Claimed { device: if names.is_empty() { numbers } else { names.join(" ") }, driver })
        })
        .collect();
    found.sort();
    found.dedup();
    found
}

#[cfg(test)]
#[cfg(unix)]
mod tests {
    use super::*;

    /// A part of a device as the system shows it.
    fn part(devices: &Path, name: &str, class: &str, driver: Option<&str>) {
        let folder = devices.join(name);
        fs::create_dir_all(&folder).unwrap();
        fs::write(folder.join("bInterfaceClass"), format!("{class}\n")).unwrap();
        if let Some(driver) = driver {
            std::os::unix::fs::symlink(format!("../../../../bus/usb/drivers/{driver}"), folder.join("driver")).unwrap();
        }
    }

    #[test]
    fn a_reader_that_the_kernel_took_is_found_and_one_that_the_service_has_is_not() {
        let place = tempfile::tempdir().unwrap();
        let devices = place.path();
        assert_eq!(claimed(devices), []);
        assert_eq!(claimed(&devices.join("missing")), [], "another system");
        for (device, texts) in [
            ("1-1", [("manufacturer", "SONY"), ("product", "RC-S380/P")]),
            ("1-2", [("idVendor", "04e6"), ("idProduct", "5790")]),
            ("1-3", [("manufacturer", "ACS"), ("product", "")]),
        ] {
            fs::create_dir_all(devices.join(device)).unwrap();
            for (name, text) in texts {
                fs::write(devices.join(device).join(name), format!("{text}\n")).unwrap();
            }
        }
        part(devices, "1-1:1.0", "ff", Some("port100"));
        part(devices, "1-2:1.0", "0b", Some("some_driver"));
        part(devices, "1-2:1.1", "0b", Some("some_driver"));
        part(devices, "1-3:1.0", "0b", Some("usbfs"));
        part(devices, "1-3:1.1", "0b", None);
        part(devices, "1-4:1.0", "03", Some("usbhid"));
        let claim = |device: &str, driver: &str| Claimed { device: device.to_owned(), driver: driver.to_owned() };
        assert_eq!(claimed(devices), [claim("04e6:5790", "some_driver"), claim("SONY RC-S380/P", "port100")]);
    }
}
