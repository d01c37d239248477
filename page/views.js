// The views: one file in views/ and one row here. `icon`: lines on 24 by 24, as SVG's `d`.
export const views = [
  {
    path: "live",
    title: "Live",
    icon: "M3 7.500A1.500 1.500 0 0 1 4.500 6h9A1.500 1.500 0 0 1 15 7.500v9a1.500 1.500 0 0 1-1.500 1.500h-9A1.500 1.500 0 0 1 3 16.500zM15 10.500l6-3v9l-6-3",
    load: () => import("./views/live.js"),
  },
  {
    path: "visits",
    title: "Visits",
    icon: "M12 3a9 9 0 1 0 0 18 9 9 0 0 0 0-18zM12 7.500v5l3.500 2",
    load: () => import("./views/visits.js"),
  },
  {
    path: "processors",
    title: "Processors",
    icon: "M4 5h16v14H4zM8 9l7 1.500 1 5-6-1.500z",
    load: () => import("./views/processors.js"),
  },
  {
    path: "modes",
    title: "Modes",
    icon: "M20 13.500A8 8 0 1 1 10.500 4a6.300 6.300 0 0 0 9.500 9.500z",
    load: () => import("./views/modes.js"),
  },
  {
    path: "faces",
    title: "Faces",
    icon: "M9 3H6a3 3 0 0 0-3 3v3M15 3h3a3 3 0 0 1 3 3v3M9 21H6a3 3 0 0 1-3-3v-3M15 21h3a3 3 0 0 0 3-3v-3M9 9.500v1M15 9.500v1M9 15c2 1.500 4 1.500 6 0",
    load: () => import("./views/faces.js"),
  },
  {
    path: "box",
    title: "The box",
    icon: "M4 8l8-4 8 4v8l-8 4-8-4zM4 8l8 4 8-4M12 12v8",
    load: () => import("./views/box.js"),
  },
  {
    path: "sessions",
    title: "Signed in",
    icon: "M12 12a4 4 0 1 0 0-8 4 4 0 0 0 0 8zM4.500 20a7.500 7.500 0 0 1 15 0",
    load: () => import("./views/sessions.js"),
  },
];
