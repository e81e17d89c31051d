// Sounds of the wall, made by the browser itself; off until somebody turns them on at this wall.

const KEPT = "citygrid.wall.sound";
const TONES = { sos: [[880, 0, 0.25], [660, 0.28, 0.25], [880, 0.56, 0.25], [660, 0.84, 0.25]], overdue: [[520, 0, 0.18], [390, 0.2, 0.3]] };

export class Sound {
  constructor() {
    this.isOn = localStorage.getItem(KEPT) === "on";
    this.context = null;
  }

  toggle() {
    this.isOn = !this.isOn;
    localStorage.setItem(KEPT, this.isOn ? "on" : "off");
    if (this.isOn) this.play("overdue");
    return this.isOn;
  }

  /** Plays the notes of an alarm; a browser that allows no sound before a touch stays silent. */
  async play(name) {
    if (!this.isOn) return;
    this.context ??= new AudioContext();
    await this.context.resume();
    const begin = this.context.currentTime + 0.05;
    for (const [pitch, after, length] of TONES[name]) this.#note(pitch, begin + after, length);
  }

  #note(pitch, at, length) {
    const tone = this.context.createOscillator();
    const level = this.context.createGain();
    tone.frequency.value = pitch;
    level.gain.setValueAtTime(0.0001, at);
    level.gain.exponentialRampToValueAtTime(0.25, at + 0.02);
    level.gain.exponentialRampToValueAtTime(0.0001, at + length);
    tone.connect(level).connect(this.context.destination);
    tone.start(at);
    tone.stop(at + length + 0.05);
  }
}
