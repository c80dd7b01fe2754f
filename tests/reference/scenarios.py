"""The 114-row sweep of llm-d-benchmark (argv[2]): figures per GPU and per user, and three frontiers, by their definitions
(formats/llm-d-benchmark.md 2.2, 2.5). GPUs are counted from the layout, not taken from Num_GPUs. Prints JSON."""

import json
import sys

import pandas as pd

table = pd.read_csv(sys.argv[2])


def gpus(row):
    if pd.notna(row.P_TP):
        prefill = row.P_TP * row.P_DP * row.P_PP * row.P_Replicas
        return prefill + row.D_TP * row.D_DP * row.D_PP * row.D_Replicas
    return row.TP * row.DP * row.PP * row.Replicas


def name(row):
    whole = lambda value: str(int(value))
    if pd.notna(row.P_TP):
        return f"{whole(row.P_Replicas)}P-TP{whole(row.P_TP)} {whole(row.D_Replicas)}D-TP{whole(row.D_TP)}"
    return f"{whole(row.Replicas)}R TP{whole(row.TP)}"


table["gpus"] = table.apply(gpus, axis=1)
table["label"] = table.apply(name, axis=1)
table["output_gpu"] = table.Output_Token_Throughput / table.gpus
table["decode"] = 1000 / table.Mean_TPOT_ms
table["in_flight"] = table.Output_Token_Throughput / table.Concurrency
table["ttft"] = table.Mean_TTFT_ms


def frontier(felt, lower):
    sign = -1 if lower else 1
    points = list(zip(table.label, table.Concurrency, table[felt], table.output_gpu))

    def beaten(point):
        x, y = sign * point[2], point[3]
        return any(
            sign * other[2] >= x and other[3] >= y and (sign * other[2], other[3]) != (x, y) for other in points
        )

    kept = [point for point in points if not beaten(point)]
    return [list(point) for point in sorted(kept, key=lambda point: point[2])]


rows = table[["label", "Concurrency", "gpus", "output_gpu", "decode", "in_flight", "ttft"]]
print(
    json.dumps(
        {
            "rows": rows.values.tolist(),
            "decode": frontier("decode", False),
            "in-flight": frontier("in_flight", False),
            "ttft": frontier("ttft", True),
        }
    )
)
