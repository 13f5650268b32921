"""What users see: words, tables, figures and pages made from results."""
