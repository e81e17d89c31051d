// Small expressions that the layers of the style share. Pure.

export const byZoom = (...stops) => ["interpolate", ["exponential", 1.6], ["zoom"], ...stops];
export const fading = (...stops) => ["interpolate", ["linear"], ["zoom"], ...stops];
export const kindIs = (...kinds) => ["in", ["get", "kind"], ["literal", kinds]];
export const levelIs = (...levels) => ["in", ["get", "level"], ["literal", levels]];
