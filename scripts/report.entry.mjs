// Draws the charts of a report: a page of its own, made by the page (src/page/report.rs) or by `inferscope report`, that needs
// no network. Its charts are JSON, as src/chart/plot.rs writes them. Nothing of them becomes markup: tooltips are drawn.
import { init, use } from "echarts/core";
import { BarChart, LineChart, ScatterChart } from "echarts/charts";
import {
  DataZoomInsideComponent, GridComponent, LegendComponent, MarkAreaComponent, MarkLineComponent, TitleComponent, TooltipComponent,
} from "echarts/components";
import { LabelLayout } from "echarts/features";
import { CanvasRenderer } from "echarts/renderers";

use([
  BarChart, LineChart, ScatterChart, DataZoomInsideComponent, GridComponent, LegendComponent, MarkAreaComponent, MarkLineComponent,
  TitleComponent, TooltipComponent, LabelLayout, CanvasRenderer,
]);

const figure = new Intl.NumberFormat("en", { maximumSignificantDigits: 5 });

/** A value of an axis, in words. */
const words = ({ unit, ticks, clock }, value) => {
  if (ticks) return ticks[value] ?? "";
  if (clock) return new Date(value).toISOString().replace("T", " ").slice(0, 19);
  return `${figure.format(value)} ${unit}`.trim();
};

/** Columns of points, `x, y, load, over` each; a missing number is `null`, which JSON has. */
const numbers = (column) => Float64Array.from(column, (value) => value ?? NaN);

const plots = JSON.parse(document.getElementById("plots").textContent);
for (const element of document.querySelectorAll("[data-plot]")) {
  const { option, columns, x, y } = plots[Number(element.dataset.plot)];
  const lines = (point) => {
    const [across, up, load] = point.value;
    const axes = [[y, up], [x, across]].filter(([axis]) => axis.title);
    const figures = axes.map(([axis, value]) => `${axis.title}: ${words(axis, value)}`);
    return [point.seriesName, ...figures, ...(load > 0 ? [`Load: ${figure.format(load)}`] : [])].join("\n");
  };
  const series = option.series.map((one, at) => ({
    ...one,
    silent: one.tooltip?.show === false,
    ...("data" in one || !columns[at] ? {} : { data: numbers(columns[at]) }),
  }));
  const zoom = (axis) => ({ type: "inside", [axis]: 0, filterMode: "none", zoomOnMouseWheel: "ctrl", moveOnMouseWheel: false });
  const chart = init(element);
  chart.setOption({
    ...option,
    series,
    animation: false,
    tooltip: { trigger: "item", renderMode: "richText", confine: true, formatter: lines },
    dataZoom: [zoom("xAxisIndex"), zoom("yAxisIndex")],
  });
  addEventListener("resize", () => chart.resize());
}
