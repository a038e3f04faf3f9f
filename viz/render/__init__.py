"""Draw trees and texts: DOT, SVG, HTML, and indented text for a terminal."""
