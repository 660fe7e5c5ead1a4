//! Compiles the migrations in again when one of them changes.

fn main() {
    println!("cargo:rerun-if-changed=migrations");
}
