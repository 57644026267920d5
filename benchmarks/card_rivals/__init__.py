"""What else can draw a card: Chromium, satori with resvg, Skia. Each is a process fed line by line."""
