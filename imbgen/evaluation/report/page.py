comparison_page = generator_page = None
