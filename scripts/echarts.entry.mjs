// The part of ECharts this app draws with: what is not imported here is not in the page.
// A chart type or component that an option names without being listed does nothing, in silence.
import { init, use } from "echarts/core";
import { BarChart, LineChart, ScatterChart } from "echarts/charts";
import { GridComponent, LegendComponent, MarkAreaComponent, MarkLineComponent, TitleComponent } from "echarts/components";
import { LabelLayout } from "echarts/features";
import { CanvasRenderer, SVGRenderer } from "echarts/renderers";

use([
  BarChart, LineChart, ScatterChart, GridComponent, LegendComponent, MarkAreaComponent, MarkLineComponent, TitleComponent,
  LabelLayout,
  CanvasRenderer, SVGRenderer,
]);

globalThis.echarts = { init };
