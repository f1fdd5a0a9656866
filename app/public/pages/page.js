// Draws the charts, fills in what is loaded later, and applies filters as they are chosen.
(() => {
  "use strict";
  const root = document.documentElement;
  root.classList.add("scripted");
  const dark = matchMedia("(prefers-color-scheme: dark)");
  const style = (name) => getComputedStyle(root).getPropertyValue(name).trim();
  const specs = new Map();

  function dressed(spec) {
    const copy = structuredClone(spec);
    copy.layout.font.color = style("--muted");
    copy.layout.hoverlabel = { bgcolor: "#222c38", bordercolor: "#222c38", font: { color: "#f2f5f8" } };
    for (const trace of copy.data) {
      if (trace.type === "heatmap") {
        trace.colorscale = dark.matches
          ? [[0, "#1d2a2f"], [1, "#4cc7b3"]]
          : [[0, "#e9f4f2"], [1, "#1f9384"]];
      }
    }
    if (innerWidth < 760) {
      for (const axis of ["xaxis", "yaxis"]) {
        copy.layout[axis] = { ...copy.layout[axis], tickfont: { size: 10 } };
      }
    }
    return copy;
  }

  function draw(place) {
    const spec = specs.get(place.dataset.plot);
    const { data, layout } = dressed(spec);
    Plotly.react(place, data, layout, { displayModeBar: false, responsive: true });
  }

  const seen = new IntersectionObserver((entries) => {
    for (const entry of entries) {
      if (entry.isIntersecting) {
        seen.unobserve(entry.target);
        draw(entry.target);
      }
    }
  }, { rootMargin: "300px" });

  function cell(tag, text, scope) {
    const made = document.createElement(tag);
    made.textContent = text;
    if (scope) made.scope = scope;
    return made;
  }

  function said(value) {
    if (value === null || value === undefined) return "–";
    return typeof value === "number" ? value.toLocaleString("en-US", { maximumFractionDigits: 2 }) : value;
  }

  // One column a series; bars that lie have their names on y, heat maps are turned.
  function tableOf(spec) {
    const table = document.createElement("table");
    const [first] = spec.data;
    let names = first.x, columns = spec.data.filter((trace) => trace.showlegend !== false);
    let series = columns.map((trace) => [trace.name ?? "Value", trace.y]);
    if (first.type === "heatmap") {
      series = first.y.map((name, row) => [name, first.z[row]]);
    } else if (first.orientation === "h") {
      names = first.y;
      series = columns.map((trace) => [trace.name ?? "Value", trace.x]);
    } else {
      names = [...new Set(columns.flatMap((trace) => trace.x))];
      series = columns.map((trace) => [
        trace.name ?? "Value", names.map((name) => trace.y[trace.x.indexOf(name)]),
      ]);
    }
    const head = table.createTHead().insertRow();
    head.append(cell("th", "", "col"), ...series.map(([name]) => cell("th", name, "col")));
    const body = table.createTBody();
    names.forEach((name, place) => {
      const row = body.insertRow();
      row.append(cell("th", name, "row"), ...series.map(([, values]) => cell("td", said(values[place]))));
    });
    return table;
  }

  function prepare(within) {
    for (const source of within.querySelectorAll("[data-spec]")) {
      specs.set(source.dataset.spec, JSON.parse(source.textContent));
    }
    for (const place of within.querySelectorAll("[data-plot]")) seen.observe(place);
    for (const figures of within.querySelectorAll("[data-figures]")) {
      figures.addEventListener("toggle", () => {
        if (!figures.open || figures.querySelector("table")) return;
        const box = document.createElement("div");
        box.tabIndex = 0;
        box.append(tableOf(specs.get(figures.dataset.figures)));
        figures.append(box);
      });
    }
  }

  async function fill(place) {
    try {
      const answer = await fetch(place.dataset.fragment, { credentials: "same-origin" });
      if (!answer.ok) throw new Error(String(answer.status));
      const made = document.createElement("template");
      made.innerHTML = await answer.text();
      prepare(made.content);
      place.removeAttribute("aria-busy");
      const observed = [...made.content.querySelectorAll("[data-plot]")];
      if ("inside" in place.dataset) place.replaceChildren(made.content);
      else place.replaceWith(made.content);
      for (const plot of observed) seen.observe(plot);
    } catch {
      place.querySelector(".pulse")?.remove();
      place.querySelector(".lead").textContent = "This could not be loaded. Reload the page to try again.";
      place.removeAttribute("aria-busy");
    }
  }

  function narrow(form) {
    const query = new URLSearchParams();
    for (const [name, value] of new FormData(form)) {
      if (value && !(name === "period" && value === "12m")) query.set(name, value);
    }
    location.assign(query.size ? `/?${query}` : "/");
  }

  prepare(document);
  document.querySelectorAll("[data-fragment]").forEach(fill);
  const form = document.querySelector("[data-filters]");
  form?.addEventListener("change", () => narrow(form));
  form?.addEventListener("submit", (event) => { event.preventDefault(); narrow(form); });
  // Going back shows the page's own filters, not the browser's memory of the boxes.
  addEventListener("pageshow", () => form?.reset());
  dark.addEventListener("change", () => {
    for (const place of document.querySelectorAll(".js-plotly-plot")) draw(place);
  });
})();
