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
    /// The categorical palette: eight colour-blind-safe colours, and the grey of baselines.
    pub palette: Vec<String>,
    /// Font family.
    pub font: String,
    /// Transition duration; 0 with reduced motion.
    pub animation_ms: u32,
}

impl Default for Theme {
    fn default() -> Theme {
        let palette = ["#0072b2", "#c14f00", "#00805c", "#b0548a", "#8a6a00", "#2b8ca8", "#6a4fa3", "#8c2438", "#5c5c5c"];
        Theme {
            background: "#ffffff".to_owned(),
            text: "#16191d".to_owned(),
            muted: "#555b63".to_owned(),
            hairline: "#dcdfe3".to_owned(),
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
