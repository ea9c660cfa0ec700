"""What a console prints for an output of a notebook, other than results, pictures and errors."""


def printed(output) -> str:
    """The text of a stream, or of a display that has nothing but text and a page."""
    if output.output_type == "stream":
        return output.text
    is_text = output.output_type == "display_data" and output.data.keys() <= {"text/plain", "text/html"}
    return output.data["text/plain"] if is_text else ""
