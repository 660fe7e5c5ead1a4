//! The reception desk (`/r/{token}`).
