//! Stable colours: an entity keeps its colour when the filter changes and from one view to another.

use rustc_hash::{FxHashMap, FxHashSet};

use crate::view_model::{HUES, SHAPES, Style};

/// Colours by entity. An entity gets the palette slot its id hashes to, or the next one not used by an entity *on screen*,
/// and keeps it. So the first eight have different colours, and a link always looks the same.
#[derive(Debug, Default)]
pub struct Colours {
    held: FxHashMap<String, Style>,
    groupings: FxHashSet<String>,
}

impl Colours {
    /// Whether this kind of entity is styled for the first time.
    pub fn is_new(&mut self, grouping: &str) -> bool {
        self.groupings.insert(grouping.to_owned())
    }

    /// The styles of the entities on screen, in their order.
    pub fn of(&mut self, ids: &[String]) -> Vec<Style> {
        let mut taken: Vec<Style> = ids.iter().filter_map(|id| self.held.get(id).copied()).collect();
        for id in ids {
            if self.held.contains_key(id) {
                continue;
            }
            let preferred = (hash(id) % u64::from(HUES)) as u8;
            let free = |style: &Style| !taken.contains(style);
            let crowd = |colour: u8| taken.iter().filter(|style| style.colour == colour).count();
            // The least used colour, starting at the preferred one; then its first free shape.
            let candidates = (0..HUES).map(|step| (preferred + step) % HUES);
            let colour = candidates.min_by_key(|colour| crowd(*colour)).unwrap_or(preferred);
            let first = crowd(colour).min(usize::from(SHAPES) - 1) as u8;
            let shapes = (0..SHAPES).map(|step| Style { colour, shape: (first + step) % SHAPES });
            let style = shapes.clone().find(free).or_else(|| shapes.clone().next()).unwrap_or(Style { colour, shape: 0 });
            taken.push(style);
            self.held.insert(id.clone(), style);
        }
        ids.iter().map(|id| self.held[id]).collect()
    }
}

/// FNV-1a, 64 bits: stable across programs and versions, unlike the standard library's hasher.
pub fn hash(text: &str) -> u64 {
    text.bytes().fold(0xcbf2_9ce4_8422_2325, |hash, byte| (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn eight_on_screen_differ_and_stay() {
        let ids: Vec<String> = (0..40).map(|i| format!("series {i}")).collect();
        let mut colours = Colours::default();
        let first = colours.of(&ids[..8]);
        let mut seen: Vec<u8> = first.iter().map(|style| style.colour).collect();
        seen.sort_unstable();
        assert_eq!(seen, [0, 1, 2, 3, 4, 5, 6, 7]);
        let all = colours.of(&ids);
        assert_eq!(all[..8], first[..]);
        for (i, style) in all.iter().enumerate() {
            assert!(!all[..i].contains(style), "{i} looks like an earlier one");
        }
        assert_eq!(colours.of(&ids[3..5]), all[3..5]);
    }
}
