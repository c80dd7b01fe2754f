//! Colours and fonts of a chart. The page fills them from its CSS tokens.

use crate::view_model::Style;

/// Colours, font and motion of a chart.
#[derive(Clone, Debug, PartialEq)]
pub struct Theme {
    /// Background.
    pub background: String,
    /// Text.
    pub text: String,
    /// Secondary text: axis labels.
    pub muted: String,
    /// Grid and axis lines.
    pub hairline: String,
    /// The categorical palette: eight colour-blind-safe colours.
    pub palette: Vec<String>,
    /// Font family.
    pub font: String,
    /// Transition duration; 0 with reduced motion.
    pub animation_ms: u32,
}

impl Default for Theme {
    fn default() -> Theme {
        let palette = ["#0072b2", "#d55e00", "#009e73", "#cc79a7", "#e69f00", "#56b4e9", "#7a5195", "#6b6b00"];
        Theme {
            background: "#ffffff".to_owned(),
            text: "#1a1a1a".to_owned(),
            muted: "#5c5c5c".to_owned(),
            hairline: "#e2e2e2".to_owned(),
            palette: palette.map(str::to_owned).to_vec(),
            font: "system-ui, sans-serif".to_owned(),
            animation_ms: 120,
        }
    }
}

impl Theme {
    /// The colour of an entity.
    pub fn colour(&self, style: Style) -> &str {
        self.palette.get(usize::from(style.colour)).map_or(self.text.as_str(), String::as_str)
    }

    /// Line dash by shape; the first shape of each colour is solid.
    pub fn dash(&self, style: Style) -> serde_json::Value {
        match style.shape {
            0 => "solid".into(),
            1 => vec![6, 4].into(),
            2 => vec![2, 3].into(),
            3 => vec![9, 3, 2, 3].into(),
            4 => vec![12, 4].into(),
            _ => vec![1, 2, 5, 2].into(),
        }
    }
}
