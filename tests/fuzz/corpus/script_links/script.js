import a from "./a.js";import("/b.js");new Worker("w.js");
//# sourceMappingURL=main.js.map
