//! Chance and the exponential function, the same on every machine.
//!
//! The shipped file must come out byte for byte everywhere, so nothing here asks the platform's mathematics library:
//! only `+ − × ÷`, which IEEE 754 fixes to the last bit.

/// SplitMix64 (Steele, Lea and Flood, “Fast splittable pseudorandom number generators”, OOPSLA 2014): one 64-bit state
/// that is advanced by a constant and then mixed. Small, seedable by anything, good enough for noise.
pub(super) struct Random(u64);

impl Random {
    /// A stream of its own for each name: a row's noise does not depend on which rows stand before it.
    pub(super) fn named(seed: u64, name: &str) -> Random {
        // FNV-1a folds the name; the mixing of the generator does the rest.
        let hash =
            name.bytes().fold(0xcbf2_9ce4_8422_2325, |hash: u64, byte| (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3));
        let mut random = Random(hash ^ seed.wrapping_mul(0x9e37_79b9_7f4a_7c15));
        random.next();
        random
    }

    /// The next 64 bits.
    pub(super) fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mixed = (self.0 ^ (self.0 >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        let mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        mixed ^ (mixed >> 31)
    }

    /// Uniform in 0 … 1, 1 excluded: the upper 53 bits, which a double holds exactly.
    pub(super) fn unit(&mut self) -> f64 {
        (self.next() >> 11) as f64 / (1u64 << 53) as f64
    }

    /// A factor of 1 ± `spread`: the mean of three uniforms, so that small deviations are more frequent than large ones.
    pub(super) fn around(&mut self, spread: f64) -> f64 {
        let mean = (self.unit() + self.unit() + self.unit()) / 3.0;
        1.0 + spread * (2.0 * mean - 1.0)
    }

    /// An identifier in the form of a version-4 UUID.
    pub(super) fn uuid(&mut self) -> String {
        let (high, low) = (self.next(), self.next());
        let (third, fourth) = ((high & 0x0fff) | 0x4000, ((low >> 48) & 0x3fff) | 0x8000);
        format!("{:08x}-{:04x}-{third:04x}-{fourth:04x}-{:012x}", high >> 32, (high >> 16) & 0xffff, low & 0xffff_ffff_ffff)
    }
}

/// eˣ, to about fifteen digits for the small arguments used here: halve the argument until the series converges fast,
/// sum it, square back.
pub(super) fn exp(x: f64) -> f64 {
    let mut halvings = 0;
    let mut small = x;
    while small.abs() > 0.25 && halvings < 12 {
        small /= 2.0;
        halvings += 1;
    }
    let (mut term, mut sum) = (1.0, 1.0);
    for n in 1..=14 {
        term *= small / f64::from(n);
        sum += term;
    }
    (0..halvings).fold(sum, |power, _| power * power)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn exp_agrees_with_the_library() {
        for i in -400..=40 {
            let x = f64::from(i) / 10.0;
            assert!((exp(x) / x.exp() - 1.0).abs() < 1e-12, "e^{x}");
        }
    }

    #[test]
    fn streams_differ_by_name_and_seed_and_repeat_themselves() {
        let first = |seed, name| Random::named(seed, name).next();
        assert_eq!(first(1, "a"), first(1, "a"));
        assert_ne!(first(1, "a"), first(1, "b"));
        assert_ne!(first(1, "a"), first(2, "a"));
        let mut random = Random::named(1, "a");
        assert!((0..1000).all(|_| (0.99..=1.01).contains(&random.around(0.01))));
        assert_eq!(random.uuid().len(), 36);
    }
}
