//! Every generator proves its samples.

#[test]
fn every_generator_has_samples_and_they_hold() {
    let mut wrong = Vec::new();
    for generator in goodgate_pages::generators() {
        if generator.samples.is_empty() {
            wrong.push(format!("{}: a generator without samples is not allowed", generator.id));
        }
        for sample in generator.samples {
            let reading = goodgate_pages::read("page.html", sample.text);
            let Some((found, made)) = reading.generator.or(reading.client) else {
                wrong.push(format!("{}: not recognised: {}", generator.id, sample.text));
                continue;
            };
            let message = goodgate_pages::Message::parse(sample.text);
            let failures: Vec<_> = (found.failures)(&message).iter().map(|told| told.id.as_str()).collect();
            if found.id != generator.id
                || made.version.as_deref() != sample.version
                || failures != sample.failures
                || !goodgate_pages::looks_like_page(sample.text)
            {
                wrong.push(format!(
                    "{}: read as {} {:?} {failures:?}: {}",
                    generator.id, found.id, made.version, sample.text
                ));
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

proptest::proptest! {
    #[test]
    fn never_panics(text in "(HTTP/1.1 5[0-9]{2} [a-zA-Z é]{0,9}\n([A-Za-z-]{1,8}: \\PC{0,9}\n){0,3}\n)?\\PC{0,200}") {
        let _ = goodgate_pages::read("p", &text);
    }

    #[test]
    fn broken_samples_never_panic(which in 0usize..10_000, cut in 0usize..2000, put in "\\PC{0,3}", lost in 0usize..40) {
        let samples: Vec<&str> =
            goodgate_pages::generators().iter().flat_map(|generator| generator.samples).map(|s| s.text).collect();
        let chars: Vec<char> = samples[which % samples.len()].chars().collect();
        let at = cut % (chars.len() + 1);
        let behind = (at + lost).min(chars.len());
        let text: String = chars[..at].iter().copied().chain(put.chars()).chain(chars[behind..].iter().copied()).collect();
        let _ = goodgate_pages::looks_like_page(&text);
        let _ = goodgate_pages::read("p", &text);
        let _ = goodgate_pages::read("p", &text[text.find("\n\n").map_or(0, |at| at + 2)..]);
    }
}
