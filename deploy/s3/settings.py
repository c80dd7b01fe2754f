"""What is copied: the variables of README.md, and the catalog.json that follows from them."""

import re
from dataclasses import dataclass
from pathlib import Path

# The variables and defaults of the dashboards that have read this bucket so far, and what their tables are called here.
KEYS = {
    "S3_KEY": ("consolidated_dashboard.csv", "RHAIIS releases"),
    "S3_KEY_LLMD": ("llmd-dashboard.csv", "llm-d"),
    "S3_KEY_CPU": ("cpu_dashboard.csv", "vLLM on CPUs"),
}


@dataclass(frozen=True)
class Source:
    """A key, or all keys below a prefix that ends in a slash (or is empty: the whole bucket)."""

    bucket: str
    prefix: str
    folder: bool
    # A default key may be absent.
    required: bool = True
    indexed: bool = True
    label: str = ""
    # Where it is put, below data/: a key's own path, but for logs.
    place: str = ""

    @property
    def name(self) -> str:
        return f"{self.bucket}/{self.prefix}"


@dataclass(frozen=True)
class Settings:
    target: Path
    sources: tuple[Source, ...]
    region: str
    endpoint: str | None
    seconds: int
    max_bytes: int
    max_file_bytes: int
    max_files: int

    @staticmethod
    def read(env) -> "Settings":
        bucket = env.get("S3_BUCKET", "").strip()
        sources = []
        for name, (default, label) in KEYS.items():
            key = env.get(name, default).strip().lstrip("/")
            if bucket and key:
                sources.append(Source(bucket, key, False, required=name in env, label=label, place=key))
        for prefix in re.split(r"[,\n]", env.get("S3_PREFIXES", "")):
            if bucket and prefix.strip():
                folder = prefix.strip().strip("/")
                if folder and any(part.startswith(".") or not part for part in folder.split("/")):
                    raise SystemExit(f"error: S3_PREFIXES names “{folder}”, which cannot be a folder below data/")
                folder += "/" if folder else ""
                sources.append(Source(bucket, folder, True, label=folder.rstrip("/") or bucket, place=folder))
        logs = env.get("S3_LOGS_BUCKET", "").strip()
        if logs:
            prefix = env.get("S3_LOGS_PREFIX", "logs").strip().strip("/")
            sources.append(Source(logs, f"{prefix}/" if prefix else "", True, indexed=False, place="logs/"))
        if not sources:
            raise SystemExit("error: nothing to copy: set S3_BUCKET, and S3_KEY or S3_PREFIXES")
        return Settings(
            target=Path(env.get("SYNC_TARGET", "/data")),
            sources=tuple(sources),
            region=env.get("S3_REGION") or env.get("AWS_REGION") or env.get("AWS_DEFAULT_REGION") or "us-east-1",
            endpoint=env.get("S3_ENDPOINT_URL") or None,
            seconds=quantity(env, "SYNC_SECONDS", "300"),
            max_bytes=quantity(env, "S3_MAX_BYTES", "2Gi"),
            max_file_bytes=quantity(env, "S3_MAX_FILE_BYTES", "512Mi"),
            max_files=quantity(env, "S3_MAX_FILES", "10000"),
        )


def quantity(env, name: str, default: str) -> int:
    """A whole number, with Ki, Mi or Gi as Kubernetes writes it."""
    text = env.get(name) or default
    found = re.fullmatch(r"(\d{1,15})(Ki|Mi|Gi)?", text.strip())
    if not found:
        raise SystemExit(f"error: {name} is “{text}”, but must be a whole number, with Ki, Mi or Gi if wanted")
    return int(found[1]) << {None: 0, "Ki": 10, "Mi": 20, "Gi": 30}[found[2]]


def catalog(settings: Settings) -> dict:
    """The page's catalog.json for what the settings name, or for the first default where they name nothing: defaults may be absent."""
    named = [source for source in settings.sources if source.indexed and source.required]
    sources = [
        {"label": source.label, "src": f"data/{source.place}" + ("index.json" if source.folder else ""), "status": "data/status.json"}
        for source in named or settings.sources[:1]
    ]
    return {"$schema": "catalog.schema.json", "refresh_seconds": max(settings.seconds, 60), "sources": sources}
