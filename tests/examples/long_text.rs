//! `long_text FILE COUNT` writes a manifest of so many documents, for the benches.

use portolan_tests::speed;

fn main() {
    let words: Vec<String> = std::env::args().skip(1).collect();
    let [file, count] = words.as_slice() else {
        eprintln!("usage: long_text FILE COUNT");
        std::process::exit(2);
    };
    let text = speed::documents(count.parse().expect("a number"));
    std::fs::write(file, text).expect("the text can be written");
}
