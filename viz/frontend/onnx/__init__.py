"""What can be done with the bytes of an .onnx file without a library that reads them."""
