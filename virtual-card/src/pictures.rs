//! What is printed on the cards, as the card stores it: drawn by `assets/draw.py`, of nobody.

/// The pictures of one person's card.
pub(crate) struct Pictures {
    /// JPEG 2000 in a JP2 container, greyscale, 160 × 200.
    pub(crate) photo: &'static [u8],
    /// PNG, one bit.
    pub(crate) name: &'static [u8],
    /// PNG, one bit.
    pub(crate) address: &'static [u8],
    /// PNG, one bit, 72 × 12.
    pub(crate) number: &'static [u8],
    /// PNG, one bit.
    pub(crate) security_code: &'static [u8],
}

macro_rules! of {
    ($person:literal) => {
        Some(&Pictures {
            photo: include_bytes!(concat!("../assets/", $person, "/photo.jp2")),
            name: include_bytes!(concat!("../assets/", $person, "/name.png")),
            address: include_bytes!(concat!("../assets/", $person, "/address.png")),
            number: include_bytes!(concat!("../assets/", $person, "/number.png")),
            security_code: include_bytes!(concat!("../assets/", $person, "/code.png")),
        })
    };
}

/// The pictures of a person of `people()`.
pub(crate) fn pictures(person: &str) -> Option<&'static Pictures> {
    match person {
        "ichiro" => of!("ichiro"),
        "hanako" => of!("hanako"),
        "jiro" => of!("jiro"),
        "kazuko" => of!("kazuko"),
        "taro" => of!("taro"),
        "saburo" => of!("saburo"),
        "shiro" => of!("shiro"),
        "goro" => of!("goro"),
        "mutsuko" => of!("mutsuko"),
        "nanako" => of!("nanako"),
        "hachiro" => of!("hachiro"),
        "kumi" => of!("kumi"),
        "towa" => of!("towa"),
        "haruki" => of!("haruki"),
        "minori" => of!("minori"),
        "osamu" => of!("osamu"),
        "jin" => of!("jin"),
        "kaoru" => of!("kaoru"),
        "natsuko" => of!("natsuko"),
        "fuyuko" => of!("fuyuko"),
        "akio" => of!("akio"),
        _ => None,
    }
}
