//! The binding to ECharts: the few calls the page makes. The library is a global, bundled from npm and served from
//! our own origin. Everything else in the page sees [`Instance`] only.
//!
//! What ECharts throws is caught here: an exception that passed through would leave cells of the page borrowed for ever.
//! A chart that has nothing yet throws when it is asked where something lies; that is no error.
#![allow(unsafe_code, reason = "the bindings that wasm_bindgen generates")]

use js_sys::Float64Array;
use wasm_bindgen::prelude::*;
use web_sys::Element;

use crate::chart::RenderedChart;

#[wasm_bindgen]
extern "C" {
    /// A chart in an element.
    #[derive(Clone)]
    pub type Instance;

    #[wasm_bindgen(js_namespace = echarts, js_name = init, catch)]
    fn init(element: &Element, theme: &JsValue, options: &JsValue) -> Result<Instance, JsValue>;

    #[wasm_bindgen(method, js_name = setOption, catch)]
    fn set_option(this: &Instance, option: &JsValue, options: &JsValue) -> Result<(), JsValue>;

    #[wasm_bindgen(method)]
    fn on(this: &Instance, event: &str, handler: &JsValue);

    #[wasm_bindgen(method)]
    fn resize(this: &Instance);

    #[wasm_bindgen(method)]
    fn off(this: &Instance, event: &str);

    #[wasm_bindgen(method)]
    fn clear(this: &Instance);

    #[wasm_bindgen(method)]
    fn dispose(this: &Instance);

    #[wasm_bindgen(method, js_name = dispatchAction, catch)]
    fn dispatch_action(this: &Instance, action: &JsValue) -> Result<(), JsValue>;

    #[wasm_bindgen(method, js_name = getDataURL, catch)]
    fn data_url(this: &Instance, options: &JsValue) -> Result<String, JsValue>;

    #[wasm_bindgen(method, js_name = convertToPixel, catch)]
    fn convert_to_pixel(this: &Instance, finder: &JsValue, value: &JsValue) -> Result<JsValue, JsValue>;

    #[wasm_bindgen(method, js_name = convertFromPixel, catch)]
    fn convert_from_pixel(this: &Instance, finder: &JsValue, value: &JsValue) -> Result<JsValue, JsValue>;
}

fn object(text: &str) -> JsValue {
    js_sys::JSON::parse(text).unwrap_or(JsValue::UNDEFINED)
}

/// How a chart is drawn.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Renderer {
    /// Pixels.
    Canvas,
    /// Shapes.
    Svg,
}

impl Instance {
    /// A chart that fills an element; `None` when the library is not there.
    pub fn on_element(element: &Element, renderer: Renderer) -> Option<Instance> {
        let options = match renderer {
            Renderer::Canvas => r#"{"renderer":"canvas"}"#,
            Renderer::Svg => r#"{"renderer":"svg"}"#,
        };
        init(element, &JsValue::NULL, &object(options)).ok()
    }

    /// Replaces what is drawn, in the next frame.
    pub fn draw(&self, chart: &RenderedChart<'_>) {
        let option = object(&chart.option.to_string());
        let series = js_sys::Reflect::get(&option, &"series".into()).unwrap_or_default();
        for (i, column) in chart.columns.iter().enumerate() {
            let one = js_sys::Reflect::get_u32(&series, i as u32);
            if let Some(one) = one.ok().filter(|one| !js_sys::Reflect::has(one, &"data".into()).unwrap_or_default()) {
                let _ = js_sys::Reflect::set(&one, &"data".into(), &Float64Array::from(&column[..]));
            }
        }
        if let Err(error) = self.set_option(&option, &object(r#"{"notMerge":true,"lazyUpdate":true}"#)) {
            web_sys::console::error_2(&"The chart could not be drawn:".into(), &error);
        }
    }

    /// Calls back whenever what is drawn has come to lie somewhere else.
    pub fn on_rendered(&self, handler: &Closure<dyn Fn()>) {
        self.on("rendered", handler.as_ref());
    }

    /// Fits the chart to its element.
    pub fn fit(&self) {
        self.resize();
    }

    /// Frees the chart. Many points are painted over several frames, and zrender goes on painting a chart that is disposed of
    /// meanwhile: it is cleared first, which ends that.
    pub fn free(self) {
        self.off("rendered");
        self.clear();
        gloo_timers::callback::Timeout::new(100, move || self.dispose()).forget();
    }

    /// Brings one series forward, or none.
    pub fn highlight(&self, series: Option<usize>) {
        let _ = self.dispatch_action(&object(r#"{"type":"downplay"}"#));
        if let Some(series) = series {
            let _ = self.dispatch_action(&object(&format!(r#"{{"type":"highlight","seriesIndex":{series}}}"#)));
        }
    }

    /// Replaces what is drawn, at once.
    pub fn draw_now(&self, chart: &RenderedChart<'_>) {
        self.draw(chart);
        self.resize();
    }

    /// The drawn chart as a `data:` URL.
    pub fn image(&self, background: &str) -> String {
        self.data_url(&object(&serde_json::json!({"pixelRatio": 2, "backgroundColor": background}).to_string()))
            .unwrap_or_default()
    }

    /// Where a point of data lies, in pixels of the element.
    pub fn pixel(&self, x: f64, y: f64) -> Option<[f64; 2]> {
        pair(&self.convert_to_pixel(&object(r#"{"gridIndex":0}"#), &js_sys::Array::of2(&x.into(), &y.into())).ok()?)
    }

    /// What point of data lies at a pixel of the element.
    pub fn data_at(&self, x: f64, y: f64) -> Option<[f64; 2]> {
        pair(&self.convert_from_pixel(&object(r#"{"gridIndex":0}"#), &js_sys::Array::of2(&x.into(), &y.into())).ok()?)
    }
}

fn pair(value: &JsValue) -> Option<[f64; 2]> {
    let array: &js_sys::Array = value.dyn_ref()?;
    let [x, y] = [array.get(0).as_f64()?, array.get(1).as_f64()?];
    (x.is_finite() && y.is_finite()).then_some([x, y])
}
