//! Every format proves its samples, through the same engine that users' files go through.

#[test]
fn every_format_has_samples_and_they_hold() {
    let mut wrong = Vec::new();
    for format in goodgate_logs::formats() {
        if format.samples.is_empty() {
            wrong.push(format!("{}: a format without samples is not allowed", format.id));
        }
        for sample in format.samples {
            let reading = goodgate_logs::read("sample", sample.text.as_bytes(), &[]);
            let got = reading.format.map_or("(none)", |f| f.id);
            if got != format.id {
                wrong.push(format!("{}: read as {got}: {}", format.id, sample.text));
                continue;
            }
            let said: Vec<String> = goodgate_logs::describe(&reading.evidence);
            if said != sample.signals {
                wrong.push(format!(
                    "{}: {}\n   expected {:?}\n   got      {said:?}",
                    format.id, sample.text, sample.signals
                ));
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}
