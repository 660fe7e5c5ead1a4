//! The HTTP client of the pages.
