/**
 * The report's only script: opens the passport of a number, sorts flat tables, and moves between numbers by arrow keys.
 * Without it the page is complete; nothing is fetched, and text only ever enters the page as text.
 */
export const reportScript = `"use strict";
(function () {
  var passports = JSON.parse(document.getElementById("passports").textContent);
  var panel = document.getElementById("passport");
  var body = panel.querySelector(".body");
  var heading = panel.querySelector("h2");
  var opener = null;

  function element(name, text, parent) {
    var node = document.createElement(name);
    if (text !== undefined) node.textContent = text;
    if (parent) parent.appendChild(node);
    return node;
  }
  function words(value) {
    return typeof value === "string" ? value : JSON.stringify(value);
  }
  function inputLine(input) {
    if (input.kind === "file") return "file " + input.path + ", SHA-256 " + input.sha256;
    if (input.kind === "row") return input.table + ", line " + input.line + (input.column ? ", column " + input.column : "");
    if (input.kind === "series") return "series " + input.seriesUid + " (" + input.files + " files), SHA-256 " + input.sha256;
    return "region " + input.name + (input.path ? " in " + input.path : "") + ", SHA-256 " + input.sha256;
  }
  function describe(id, parent, above) {
    var passport = passports[id];
    if (!passport) {
      element("p", "This report holds no passport for " + id + ".", parent);
      return;
    }
    var facts = element("dl", undefined, parent);
    element("dt", "Made by", facts);
    element("dd", passport["function"] + ", version " + passport.version, facts);
    Object.keys(passport.parameters).sort().forEach(function (name) {
      element("dt", name, facts);
      element("dd", words(passport.parameters[name]), facts);
    });
    if (passport.seed !== undefined) {
      element("dt", "Seed", facts);
      element("dd", String(passport.seed), facts);
    }
    if (passport.inputs.length === 0) return;
    element("b", passport.inputs.length === 1 ? "From" : "From " + passport.inputs.length + " inputs", parent);
    var list = element("ul", undefined, parent);
    passport.inputs.forEach(function (input) {
      var item = element("li", undefined, list);
      if (input.kind !== "result") {
        item.textContent = inputLine(input);
      } else if (above.indexOf(input.id) >= 0) {
        item.textContent = input.id;
      } else {
        var details = element("details", undefined, item);
        element("summary", input.id, details);
        details.addEventListener("toggle", function () {
          if (details.open && details.childNodes.length === 1) describe(input.id, details, above.concat(input.id));
        });
      }
    });
  }
  function open(cell) {
    if (opener) opener.classList.remove("open");
    opener = cell;
    cell.classList.add("open");
    heading.textContent = cell.textContent.trim();
    body.textContent = "";
    element("code", cell.getAttribute("data-id"), element("p", undefined, body));
    describe(cell.getAttribute("data-id"), body, [cell.getAttribute("data-id")]);
    if (!panel.open) panel.show();
    panel.scrollTop = 0;
    panel.classList.remove("top");
    var at = cell.getBoundingClientRect(), mine = panel.getBoundingClientRect();
    panel.classList.toggle("top", at.bottom > mine.top && at.right > mine.left);
  }
  function close() {
    if (!panel.open) return;
    panel.close();
    if (opener) {
      opener.classList.remove("open");
      if (opener.focus) opener.focus();
    }
  }
  panel.querySelector(".close").addEventListener("click", close);
  document.addEventListener("click", function (event) {
    var cell = event.target.closest("[data-id]");
    if (cell) open(cell);
  });

  function move(cell, key) {
    var row = cell.parentNode;
    var step = key === "ArrowLeft" || key === "ArrowUp" ? -1 : 1;
    var next = null;
    if (key === "ArrowLeft" || key === "ArrowRight") {
      for (next = cell; next && (next === cell || !next.hasAttribute("data-id")); ) next = step < 0 ? next.previousElementSibling : next.nextElementSibling;
    } else {
      var column = cell.cellIndex;
      for (var line = row; line; ) {
        line = step < 0 ? line.previousElementSibling : line.nextElementSibling;
        if (line && line.cells[column] && line.cells[column].hasAttribute("data-id")) {
          next = line.cells[column];
          break;
        }
      }
    }
    if (next) {
      cell.tabIndex = -1;
      next.tabIndex = 0;
      next.focus();
    }
  }
  document.addEventListener("keydown", function (event) {
    if (event.key === "Escape") close();
    var cell = event.target;
    if (!cell.matches || !cell.matches("td[data-id]")) return;
    if (event.key === "Enter" || event.key === " ") {
      event.preventDefault();
      open(cell);
      panel.querySelector(".close").focus();
    } else if (event.key.indexOf("Arrow") === 0) {
      event.preventDefault();
      move(cell, event.key);
    }
  });

  var zoom = document.getElementById("zoom");
  var stage = zoom.querySelector(".body");
  zoom.querySelector(".close").addEventListener("click", function () { zoom.close(); });
  zoom.addEventListener("click", function (event) { if (event.target === zoom) zoom.close(); });
  document.querySelectorAll(".figures figure").forEach(function (figure) {
    var caption = figure.querySelector("figcaption");
    var button = element("button", "Enlarge", caption);
    button.type = "button";
    button.className = "close screen";
    button.setAttribute("aria-label", "Enlarge " + caption.querySelector("b").textContent.replace(/.$/, ""));
    button.addEventListener("click", function () {
      var copy = figure.querySelector("svg").cloneNode(true);
      copy.setAttribute("aria-label", copy.querySelector("title").textContent);
      copy.removeAttribute("aria-labelledby");
      copy.querySelectorAll("title, desc").forEach(function (node) { node.remove(); });
      stage.textContent = "";
      stage.appendChild(copy);
      zoom.showModal();
    });
  });

  function sortKey(row, column) {
    var text = row.cells[column].textContent.trim();
    var number = parseFloat(text.replace(/\\u2212/g, "-").replace(/^[<>]/, "").replace(/^(-?)\\./, "$10."));
    return isNaN(number) ? text : number;
  }
  document.querySelectorAll("table[data-sortable]").forEach(function (table) {
    var rows = Array.prototype.slice.call(table.tBodies[0].rows);
    var line = table.tHead.rows[table.tHead.rows.length - 1];
    Array.prototype.forEach.call(line.cells, function (head, column) {
      if (column === 0) return;
      var button = element("button");
      button.type = "button";
      button.title = "Sort by this column";
      while (head.firstChild) button.appendChild(head.firstChild);
      head.appendChild(button);
      button.addEventListener("click", function () {
        var now = head.getAttribute("aria-sort");
        var next = now === "ascending" ? "descending" : now === "descending" ? null : "ascending";
        Array.prototype.forEach.call(line.cells, function (other) { other.removeAttribute("aria-sort"); });
        var order = rows.slice();
        if (next) {
          head.setAttribute("aria-sort", next);
          order.sort(function (a, b) {
            var x = sortKey(a, column), y = sortKey(b, column);
            if (typeof x !== typeof y) return typeof x === "number" ? -1 : 1;
            return (x < y ? -1 : x > y ? 1 : 0) * (next === "ascending" ? 1 : -1);
          });
        }
        order.forEach(function (row) { table.tBodies[0].appendChild(row); });
      });
    });
  });
})();
`;
