//! Names that one table prints in capitals, with trademark signs or with other spaces than the next: one spelling of each.
//! Rows of data, and the folding under which two texts are one name. Accelerators have a catalogue of their own.

/// Words of processors' names, as their makers write them.
const WORDS: &[&str] = &["AMD", "EPYC", "Gold", "Grace", "Intel", "NVIDIA", "Platinum", "Silver", "Turin", "Xeon"];

/// Processor names with several spellings: the catalogue's, and another.
const PROCESSORS: &[(&str, &str)] = &[("Intel Xeon Processor (Sapphire Rapids)", "Intel Xeon Processor (SapphireRapids)")];

/// Organizations that tables spell differently: 5.1 has Oracle, 6.0 ORACLE.
const ORGANIZATIONS: &[&str] = &["Oracle"];

/// Trademark signs and similar noise.
const SIGNS: &[&str] = &["(r)", "(tm)", "®", "™"];

/// The name of a dimension's value under which its spellings meet; a dimension without variants keeps the text.
pub fn canonical(key: &str, text: &str) -> String {
    match key {
        "processor" => processor(text),
        "organization" => {
            let known = ORGANIZATIONS.iter().find(|name| folded(name) == folded(text));
            known.map_or_else(|| spaced(text), |name| (*name).to_owned())
        }
        "system" => spaced(text),
        _ => text.to_owned(),
    }
}

/// A text in lower case, without trademark signs, with single spaces: two texts that fold alike are one name.
pub fn folded(text: &str) -> String {
    spaced(&unsigned(text)).to_lowercase()
}

/// A name with its middle elided if it is too long: names differ at their ends.
pub fn shortened(name: &str, most: usize) -> String {
    let letters: Vec<char> = name.chars().collect();
    if letters.len() <= most {
        return name.to_owned();
    }
    let kept = most.saturating_sub(1);
    let (head, tail) = (kept - kept / 3, kept / 3);
    let part = |letters: &[char]| letters.iter().collect::<String>();
    let end = letters.get(letters.len() - tail..).map(part).unwrap_or_default();
    format!("{}…{}", letters.get(..head).map(part).unwrap_or_default().trim_end(), end.trim_start())
}

fn processor(text: &str) -> String {
    let word = |word: &str| WORDS.iter().find(|known| known.eq_ignore_ascii_case(word)).map_or(word, |known| *known).to_owned();
    let name = unsigned(text).split_whitespace().map(word).collect::<Vec<String>>().join(" ");
    PROCESSORS.iter().find(|(_, form)| *form == name).map_or(name, |(known, _)| (*known).to_owned())
}

/// A text with single spaces.
fn spaced(text: &str) -> String {
    text.split_whitespace().collect::<Vec<&str>>().join(" ")
}

/// A text with a space in place of each trademark sign.
fn unsigned(text: &str) -> String {
    let mut rest = text;
    let mut kept = String::with_capacity(text.len());
    while let Some(first) = rest.chars().next() {
        let sign = SIGNS.iter().find(|sign| rest.get(..sign.len()).is_some_and(|head| head.eq_ignore_ascii_case(sign)));
        match sign {
            Some(_) => kept.push(' '),
            None => kept.push(first),
        }
        rest = rest.get(sign.map_or(first.len_utf8(), |sign| sign.len())..).unwrap_or_default();
    }
    kept
}

#[cfg(test)]
mod tests {
    use super::{canonical, folded, shortened};

    #[test]
    fn spellings_of_one_name_meet() {
        for (key, one, other, name) in [
            ("processor", "INTEL(R) XEON(R) 6787P", "Intel(R) Xeon(R) 6787P", "Intel Xeon 6787P"),
            ("processor", "INTEL(R) XEON(R) PLATINUM 8562Y+", "Intel®  Xeon® Platinum 8562Y+", "Intel Xeon Platinum 8562Y+"),
            (
                "processor",
                "Intel Xeon Processor (SapphireRapids)",
                "Intel Xeon Processor (Sapphire Rapids)",
                "Intel Xeon Processor (Sapphire Rapids)",
            ),
            ("organization", "ORACLE", "Oracle ", "Oracle"),
            ("system", "PowerEdge  XE9680", "PowerEdge XE9680", "PowerEdge XE9680"),
        ] {
            assert_eq!([canonical(key, one), canonical(key, other)], [name, name]);
        }
    }

    #[test]
    fn a_long_name_keeps_both_ends() {
        assert_eq!(shortened("DGX B200", 8), "DGX B200");
        let long = "HPE ProLiant DL385 Gen11 (4x NVIDIA RTX PRO 6000 Blackwell Server Edition-450W TensorRT)";
        assert_eq!(shortened(long, 56), "HPE ProLiant DL385 Gen11 (4x NVIDIA R…ion-450W TensorRT)");
        assert_eq!([shortened("DGX B200", 1), shortened("DGX B200", 0)], ["…", "…"]);
    }

    #[test]
    fn names_that_differ_stay_apart() {
        assert_ne!(canonical("processor", "Intel(R) Xeon(R) 6787P"), canonical("processor", "Intel(R) Xeon(R) 6767P"));
        assert_ne!(canonical("processor", "Platinum 8568Y"), canonical("processor", "Platinum 8568Y+"));
        assert_eq!(canonical("organization", "Dell_MangoBoost"), "Dell_MangoBoost");
        assert_eq!(canonical("model", "a  (R)"), "a  (R)");
        assert_eq!(folded("INTEL(R)  Xeon™ 6787P"), "intel xeon 6787p");
        assert_eq!(folded("µ(r"), "µ(r");
    }
}
