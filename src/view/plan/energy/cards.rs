//! The figures that matter of energy: the least, the most, and how far they lie apart.

use crate::capacity::energy::EnergyUse;
use crate::capacity::operating_points::ConfigurationNames;
use crate::catalog::number;
use crate::view_model::{Card, Evidence, Tone};

/// Configurations named in a card.
const FIRST: usize = 3;

/// The cards; `ranked` comes with the least energy first.
pub(super) fn cards(ranked: &[EnergyUse<'_>], naming: &ConfigurationNames<'_>) -> Vec<Card> {
    let (Some(least), Some(most)) = (ranked.first(), ranked.last()) else { return Vec::new() };
    let wh = |one: &EnergyUse<'_>| format!("{} Wh per 1M output tokens", number::short(one.wh_output));
    let tone = |one: &EnergyUse<'_>| if one.doubt.is_some() { Tone::Doubt } else { Tone::Plain };
    let evidence = |one: &EnergyUse<'_>| Evidence {
        text: format!("{}, {} tok/s/W, power {}: {}", wh(one), number::short(one.per_joule), one.basis, naming.line(one.row)),
        tone: tone(one),
        link: Some(naming.measurement(one.row)),
    };
    let method = "W per GPU × GPUs ÷ output tokens per second × 10⁶ ÷ 3600.";
    let card = |label: &str, one: &EnergyUse<'_>, evidence: Vec<Evidence>| Card {
        label: label.to_owned(),
        value: wh(one),
        tone: tone(one),
        detail: naming.line(one.row),
        method: method.to_owned(),
        evidence,
    };
    let mut cards = vec![card("Lowest energy", least, ranked.iter().take(FIRST).map(evidence).collect())];
    if ranked.len() > 1 {
        cards.push(card("Highest energy", most, ranked.iter().rev().take(FIRST).map(evidence).collect()));
        let doubted = ranked.iter().any(|one| one.doubt.is_some());
        cards.push(Card {
            label: "Spread".to_owned(),
            value: format!("×{}", number::short(most.wh_output / least.wh_output)),
            tone: if doubted { Tone::Doubt } else { Tone::Plain },
            detail: format!("over {} configurations", ranked.len()),
            method: "Highest ÷ lowest energy per output token.".to_owned(),
            evidence: [least, most].into_iter().map(evidence).collect(),
        });
    }
    cards
}
